"""The memorial card: the names, a light for each, and no large count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from perihelion.compose.cards.canvas import Canvas
from perihelion.compose.cards.fonts import Family, TextStyle
from perihelion.compose.cards.night import MARGIN, small_style
from perihelion.compose.cards.palette import CANDLE, DARK, LIGHT_GREY, WHITE
from perihelion.compose.cards.text_layout import fit_block, shorten_line

if TYPE_CHECKING:
    from perihelion.compose.cards.card import Card

_INDENT = 44
"""From a light to its name."""
_FEW = 4
"""Names that stand in one column."""


def draw_memorial(card: Card) -> Canvas:
    """Draw a memorial card."""
    canvas = Canvas(Image.new("RGB", card.size, DARK))
    width, height = card.size
    small = small_style(card)
    bottom = height - 58
    canvas.write(card.date, MARGIN, 100, small, LIGHT_GREY)
    title = fit_block(
        card.title,
        width - 2 * MARGIN,
        400 if card.is_square else 150,
        family=Family.SERIF,
        weight=500,
        sizes=range(76, 45, -2),
        leading=1.1,
    )
    end = canvas.write_block(title, MARGIN, 140, WHITE) if title else 140
    _write_names(canvas, card, end + 62, bottom - 70)
    words = shorten_line(" ".join((card.count, *card.count_words)).strip(), width // 2, small)
    canvas.write(words, width - MARGIN, bottom, small, LIGHT_GREY, align=1)
    return canvas


def _write_names(canvas: Canvas, card: Card, top: int, bottom: int) -> None:
    """In one column, or in two if they are many; a light alone where no name is known."""
    if not card.names:
        _light(canvas, MARGIN + 10, top + 10)
        return
    columns = 1 if len(card.names) <= _FEW or card.is_square else 2
    rows = -(-len(card.names) // columns)
    width = (card.size[0] - 2 * MARGIN) // columns - _INDENT - 16
    leading = max(50, min(76 if card.is_square else 62, (bottom - top) // rows))
    style = TextStyle(Family.SERIF, 500, min(54 if card.is_square else 46, leading - 8))
    for number, name in enumerate(card.names):
        column, row = divmod(number, rows)
        left = MARGIN + column * (width + _INDENT + 16)
        baseline = top + style.cap_height + row * leading
        if baseline > bottom + 24:
            break
        canvas.write(shorten_line(name, width, style), left + _INDENT, baseline, style, WHITE)
        _light(canvas, left + 10, baseline - style.cap_height // 2 + 1)


def _light(canvas: Canvas, x: int, y: int) -> None:
    canvas.add_glow((x, y), 30, CANDLE)
    canvas.fill_disc((x, y), 5.5, (255, 250, 235))
