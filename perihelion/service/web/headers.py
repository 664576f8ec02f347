"""The headers that protect the pages, and how long they may be kept."""

from __future__ import annotations

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
"""Nothing of another site is ever loaded, and no other site may show a page in a frame."""

EMBED_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors *"
"""The frame for other sites runs no script."""

MAX_AGE_SECONDS = 300
"""How long browsers and proxies may keep a page. A day's first page is at most so late."""
