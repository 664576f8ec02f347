"""Texts without capitals and accents: for comparing, and as parts of addresses and ids. Pure."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")
_MAYBE_ACCENTS = re.compile("[^\x00-\u02ff]+")
"""Unicode's first combining character is U+0300; looking at each letter before it takes long."""


def fold_text(text: str) -> str:
    """`text` in lower case and without accents, for comparing."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _MAYBE_ACCENTS.sub(_remove_accents, decomposed)


def _remove_accents(found: re.Match[str]) -> str:
    return "".join(char for char in found[0] if not unicodedata.combining(char))


def make_slug(name: str) -> str:
    """A name as a part of an address: `Valentina Tereshkova` → `valentina-tereshkova`."""
    return _NOT_IN_SLUG.sub("-", fold_text(name)).strip("-")
