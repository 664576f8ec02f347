"""A post's HTML as the text its readers see, and whether two texts say the same."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - html.parser's own
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "div", "blockquote", "pre", "li"}:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def to_text(html: str) -> str:
    """The text of `html`: a paragraph's end is an empty line, a <br> a line's end."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts).strip()


def same(one: str, other: str) -> bool:
    """Whether both read alike: servers respell white space and drop invisible characters."""
    return _seen(one) == _seen(other)


def alike(one: str, other: str) -> bool:
    """Whether both hold the same letters and digits: perhaps the same text, marked up."""
    return bool(_letters(one)) and _letters(one) == _letters(other)


def _seen(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    return "".join(c for c in normal if not c.isspace() and unicodedata.category(c) != "Cf")


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text) if c.isalnum())
