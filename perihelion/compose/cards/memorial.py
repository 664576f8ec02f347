"""The memorial card: the names, a light for each, and no large count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from perihelion.compose.cards.canvas import Canvas
from perihelion.compose.cards.fonts import Family, TextStyle
from perihelion.compose.cards.night import MARGIN, small_style
from perihelion.compose.cards.palette import CANDLE, DARK, LIGHT_GREY, WHITE
from perihelion.compose.cards.text_layout import fit_block, shorten_line, smallest_size

if TYPE_CHECKING:
    from perihelion.compose.cards.card import Card

_INDENT = 44
"""From a light to its name."""
_FEW = 4
"""Names that stand in one column."""
_MOST_COLUMNS = 3
_LEAST_LEADING = 48
"""From one name to the next, in pixels."""


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
        400 if card.is_square else 150 if len(card.names) <= 2 * _FEW else 62,
        family=Family.SERIF,
        weight=500,
        sizes=range(76, 45, -2),
        leading=1.1,
    )
    end = canvas.write_block(title, MARGIN, 140, WHITE) if title else 140
    _write_names(canvas, card, end + 62, bottom - 74)
    words = shorten_line(" ".join((card.count, *card.count_words)).strip(), width // 2, small)
    canvas.write(words, width - MARGIN, bottom, small, LIGHT_GREY, align=1)
    return canvas


def _write_names(canvas: Canvas, card: Card, top: int, bottom: int) -> None:
    """In one to three columns; the lights alone where no name is known, or too many are."""
    room = card.size[0] - 2 * MARGIN
    most_rows = 1 + (bottom - top) // _LEAST_LEADING
    columns = 1 if len(card.names) <= min(_FEW, most_rows) else 2
    columns = max(columns, -(-len(card.names) // most_rows))
    if card.is_square and len(card.names) <= most_rows:
        columns = 1
    if not card.names or columns > _MOST_COLUMNS:
        for number in range(min(max(len(card.names), 1), room // _INDENT)):
            _light(canvas, MARGIN + 10 + number * _INDENT, top + 10)
        return
    rows = -(-len(card.names) // columns)
    width = room // columns - _INDENT - 16
    leading = (bottom - top) // max(rows - 1, 1)
    leading = max(_LEAST_LEADING, min(76 if card.is_square else 62, leading))
    most = min(54 if card.is_square else 46, leading - 8)
    style = TextStyle(Family.SERIF, 500, max(most, smallest_size(card.size[0])))
    for number, name in enumerate(card.names):
        column, row = divmod(number, rows)
        left = MARGIN + column * (width + _INDENT + 16)
        baseline = top + style.cap_height + row * leading
        canvas.write(shorten_line(name, width, style), left + _INDENT, baseline, style, WHITE)
        _light(canvas, left + 10, baseline - style.cap_height // 2 + 1)


def _light(canvas: Canvas, x: int, y: int) -> None:
    canvas.add_glow((x, y), 30, CANDLE)
    canvas.fill_disc((x, y), 5.5, (255, 250, 235))
