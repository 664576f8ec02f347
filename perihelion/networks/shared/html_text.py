"""A post's HTML as the text its readers see, and whether two texts say the same."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser


class _TextExtractor(HTMLParser):
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


def html_to_text(html: str) -> str:
    """The text of `html`: a paragraph's end is an empty line, a <br> a line's end."""
    parser = _TextExtractor()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts).strip()


def is_same_text(one: str, other: str) -> bool:
    """Whether both read alike: servers respell white space and drop invisible characters."""
    return _visible_characters(one) == _visible_characters(other)


def has_same_letters(one: str, other: str) -> bool:
    """Whether both hold the same letters and digits: perhaps the same text, marked up."""
    return bool(_keep_letters(one)) and _keep_letters(one) == _keep_letters(other)


def _visible_characters(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    return "".join(c for c in normal if not c.isspace() and unicodedata.category(c) != "Cf")


def _keep_letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text) if c.isalnum())
