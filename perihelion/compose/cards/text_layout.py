"""Lines for a text of unknown length: the largest size at which it fits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.compose.cards.fonts import Family, TextStyle, measure_text

if TYPE_CHECKING:
    from collections.abc import Iterator

LEGIBLE_AT = 360
"""The width in pixels of a card on a small phone, in portrait."""
LEGIBLE_SIZE = 11
"""The least size of a text there, in pixels."""
_ELLIPSIS = "…"
_SEPARATORS = " ,;:-\u2013\u2014"
_BEFORE_NUMBER = re.compile(r" (?=\d+\b)")
_NO_BREAK = "\u00a0"


def smallest_size(width: int) -> int:
    """The least size of a text on a card of this width, so that it is legible on a small phone."""
    return -(-LEGIBLE_SIZE * width // LEGIBLE_AT)


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines of one style, and the distance of their baselines."""

    lines: tuple[str, ...]
    style: TextStyle
    leading: int

    @property
    def height(self) -> int:
        """From the top of the first line's capitals to the last baseline."""
        return self.style.cap_height + self.leading * (len(self.lines) - 1)


def fit_block(  # noqa: PLR0913 - a box, a font and what may be chosen
    text: str,
    width: int,
    height: int,
    *,
    family: Family,
    weight: int,
    sizes: range,
    leading: float = 1.14,
    shorten: bool = True,
) -> TextBlock | None:
    """`text` at the largest of `sizes` at which its lines fit into the box.

    If it fits at none, it ends in an ellipsis at the last one; None if it may not be shortened.
    """
    for size in sizes:
        style = TextStyle(family, weight, size)
        block = TextBlock(tuple(wrap_text(text, width, style)), style, round(size * leading))
        if block.height <= height and all(measure_text(o, style) <= width for o in block.lines):
            return block
    return _shorten_block(block, width, height) if shorten else None


def _shorten_block(block: TextBlock, width: int, height: int) -> TextBlock:
    """As many lines as fit, the last of them with an ellipsis."""
    most = max(1, 1 + (height - block.style.cap_height) // block.leading)
    lines = list(block.lines[:most])
    if len(block.lines) > most or measure_text(lines[-1], block.style) > width:
        lines[-1] = shorten_line(lines[-1] + _ELLIPSIS, width, block.style)
    return TextBlock(tuple(lines), block.style, block.leading)


def shorten_line(text: str, width: int, style: TextStyle) -> str:
    """`text`, or as much of its beginning as fits with an ellipsis: whole words, if there are."""
    if measure_text(text, style) <= width:
        return text
    kept = text.rstrip(_ELLIPSIS)
    while kept and measure_text(kept + _ELLIPSIS, style) > width:
        kept = kept[:-1]
    whole_words = kept.rpartition(" ")[0]
    if len(whole_words) > len(kept) // 2:
        kept = whole_words
    return kept.rstrip(_SEPARATORS) + _ELLIPSIS


def shorten_list(text: str, width: int, style: TextStyle, separator: str = " · ") -> str:
    """`text`, or what stands before its last separator if that is too long: the lesser part."""
    while measure_text(text, style) > width and separator in text:
        text = text.rpartition(separator)[0]
    return shorten_line(text, width, style)


def wrap_text(text: str, width: int, style: TextStyle) -> Iterator[str]:
    """The fewest lines no wider than `width`, as even as possible; "Apollo 11" stays together."""
    words = _BEFORE_NUMBER.sub(_NO_BREAK, text).split(" ")
    words = [part for word in words for part in _break_word(word, width, style)]
    lines = _fill_lines(words, width, style)
    narrow = width
    while len(lines) > 1 and (narrow := narrow - style.size // 3) > width // 2:
        tried = _fill_lines(words, narrow, style)
        if len(tried) > len(lines):
            break
        lines = tried
    yield from lines


def _fill_lines(words: list[str], width: int, style: TextStyle) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else ""
        if lines and measure_text(longer, style) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _break_word(word: str, width: int, style: TextStyle) -> Iterator[str]:
    """The word; in parts where it is wider than a line."""
    while len(word) > 1 and measure_text(word, style) > width:
        length = next(
            n
            for n in range(len(word) - 1, 0, -1)
            if n == 1 or measure_text(word[:n], style) <= width
        )
        yield word[:length]
        word = word[length:]
    yield word
