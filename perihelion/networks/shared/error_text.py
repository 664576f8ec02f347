"""What a server says is wrong, on one line."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from perihelion.networks.shared.json_values import get_object, get_text, get_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DETAIL_LENGTH = 300
"""Characters of what a server says: a sentence or two."""
MAX_TEXT_BYTES = 2000
"""A longer body without markup is not taken for a message."""
MAX_PAGE_BYTES = 20_000
"""Where to look for the title of a page for people, of which nothing else is shown."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT_REDIRECTS = frozenset({301, 308})
_DETAIL_NAMES = ("error", "message", "description", "error_description", "detail", "title")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


def format_error_detail(data: object, body: bytes, redact: Callable[[str], str]) -> str:
    """The error in the JSON `data`, or, of a `body` that is not JSON, its text or its title.

    Secrets are hidden before the text is cut, and control characters become spaces.
    """
    details = list(_iterate_details(data)) if data is not None else [_read_plain_text(body)]
    return _make_line(redact(": ".join(details)))


def format_redirect(status: int, location: str) -> str:
    """Where a redirect leads, and what to do; empty if it is none, or stays on the same server.

    Only the server is named: the rest of an address may be a secret.
    """
    try:
        target = urlsplit(location)
    except ValueError:
        return ""
    if status not in REDIRECTS or target.scheme not in {"http", "https"} or not target.netloc:
        return ""
    server = _make_line(f"{target.scheme}://{target.netloc.rpartition('@')[2]}")
    if status in PERMANENT_REDIRECTS:
        return f"; the server has moved to {server}: change the account's address to that"
    return f"; the server sends us on to {server}"


def _make_line(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:MAX_DETAIL_LENGTH]


def _iterate_details(data: object) -> Iterator[str]:
    data = get_object(data, "error") or data
    yield from (text for name in _DETAIL_NAMES if (text := get_text(data, name)))
    yield from _iterate_errors(get_value(data, "errors"))


def _iterate_errors(errors: object, field_path: str = "") -> Iterator[str]:
    """The messages in X's list of errors or Discord's tree of them, each with its field."""
    if isinstance(errors, list):
        for one in errors:
            yield from _iterate_errors(one, field_path)
    elif text := get_text(errors, "message") or get_text(errors, "detail"):
        yield f"{field_path}: {text}".removeprefix(": ")
    elif isinstance(errors, dict):
        for name, inner in errors.items():
            deeper = field_path if name == "_errors" else f"{field_path}.{name}".removeprefix(".")
            yield from _iterate_errors(inner, deeper)


def _read_plain_text(body: bytes) -> str:
    """A short body without markup, whatever type it is said to have; of a page, its title."""
    text = body[:MAX_PAGE_BYTES].decode(errors="ignore")
    if "<" not in text:
        return text if len(body) <= MAX_TEXT_BYTES else ""
    title = _TITLE.search(text)
    return unescape(title[1]) if title else ""
