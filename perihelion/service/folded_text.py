"""Texts without capitals and accents: for comparing, and as parts of addresses and ids. Pure."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def fold_text(text: str) -> str:
    """`text` in lower case and without accents, for comparing."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def make_slug(name: str) -> str:
    """A name as a part of an address: `Valentina Tereshkova` → `valentina-tereshkova`."""
    return _NOT_IN_SLUG.sub("-", fold_text(name)).strip("-")
