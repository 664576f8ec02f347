"""Text as it comes from elsewhere, and as it can be kept."""

from __future__ import annotations


def make_storable(text: str) -> str:
    """`text` as every database and terminal takes it: half a character, or a NUL, becomes "?"."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def make_single_line(text: str) -> str:
    """`text` on one line, storable, with a space for each control character of any kind."""
    visible = "".join(char if char.isprintable() else " " for char in make_storable(text))
    return " ".join(visible.split())
