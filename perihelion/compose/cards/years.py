"""The years card: a title on paper, and a ruler of the years that have passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from perihelion.compose.cards.canvas import OVERSAMPLING, Canvas
from perihelion.compose.cards.fonts import Family, TextStyle, measure_text
from perihelion.compose.cards.night import MARGIN, small_style
from perihelion.compose.cards.palette import GREY_INK, INK, PAPER, RED
from perihelion.compose.cards.text_layout import fit_block, shorten_line, shorten_list

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    from perihelion.compose.cards.card import Card

_TICK, _DECADE_TICK, _PIN = 14, 30, 46
"""The heights of a year's line, of a decade's, and of the two ends'."""
_SPARSE = 60
"""With more years, only every fifth has a line."""


def draw_years(card: Card) -> Canvas:
    """Draw a years card."""
    canvas = Canvas(Image.new("RGB", card.size, PAPER))
    width, height = card.size
    small = small_style(card)
    bottom = height - 58
    ruler = bottom - (150 if card.is_square else 98)
    canvas.write(shorten_line(card.date, width - 2 * MARGIN, small), MARGIN, 96, small, GREY_INK)
    if card.is_square:
        _write_square_texts(canvas, card, ruler - 100)
    else:
        _write_wide_texts(canvas, card, ruler - 90)
    if card.years:
        _draw_ruler(canvas, card.years, ruler, small)
    mission = shorten_list(card.mission, width - 2 * MARGIN, small)
    canvas.write(mission, MARGIN, bottom, small, GREY_INK)
    return canvas


def _write_wide_texts(canvas: Canvas, card: Card, bottom: int) -> None:
    """The title on the left, the count with its words on the right."""
    right = card.size[0] - MARGIN
    count = _fit_count(card, 290, 480)
    words = TextStyle(Family.SANS, 600, 38)
    under = " ".join(card.count_words)
    wide = max(measure_text(card.count, count), measure_text(under, words))
    canvas.write(card.count, right, 122 + count.cap_height, count, RED, align=1)
    canvas.write(under, right, 122 + count.cap_height + 62, words, INK, align=1)
    _write_title(canvas, card, 140, right - wide - 40 - MARGIN, bottom)


def _write_square_texts(canvas: Canvas, card: Card, bottom: int) -> None:
    """The count with its words above the title."""
    count = _fit_count(card, 360, 600)
    baseline = 150 + count.cap_height
    end = canvas.write(card.count, MARGIN - 8, baseline, count, RED)
    words = TextStyle(Family.SANS, 600, 46)
    lines = len(card.count_words)
    for number, line in enumerate(card.count_words):
        canvas.write(line, end + 30, baseline - (lines - 1 - number) * 54, words, INK)
    _write_title(canvas, card, baseline + 64, card.size[0] - 2 * MARGIN, bottom)


def _fit_count(card: Card, size: int, width: int) -> TextStyle:
    """The count's style, at this size or smaller."""
    style = TextStyle(Family.SERIF, 500, size)
    while measure_text(card.count, style) > width:
        style = TextStyle(Family.SERIF, 500, style.size - 10)
    return style


def _write_title(canvas: Canvas, card: Card, top: int, width: int, bottom: int) -> None:
    block = fit_block(
        card.title,
        width,
        bottom - top,
        family=Family.SERIF,
        weight=500,
        sizes=range(90 if card.is_square else 84, 41, -2),
        leading=1.08,
    )
    if block:
        canvas.write_block(block, MARGIN, top, INK)


def _draw_ruler(canvas: Canvas, years: tuple[int, int], baseline: int, style: TextStyle) -> None:
    """A line with a tick a year, higher ones at decades, and a pin at either end."""
    first, last = years
    left, right = MARGIN, canvas.image.width - MARGIN
    box = (left - 16, baseline - _PIN - 16, right + 16, baseline + 6)
    scale = (right - left) / (last - first)
    canvas.fill_shape(box, INK, lambda draw: _draw_ticks(draw, years, scale))
    for x in (left, right):
        canvas.fill_shape(
            (x - 4, baseline - _PIN, x + 4, baseline + 2),
            RED,
            lambda draw: draw.rectangle((6, 0, 17, 200), 255),
        )
        canvas.fill_disc((x, baseline - _PIN), 13, RED)
    canvas.fill_disc((right, baseline - _PIN), 6.5, PAPER)
    _label_ruler(canvas, years, baseline, scale, style)


def _draw_ticks(draw: ImageDraw, years: tuple[int, int], scale: float) -> None:
    first, last = years
    s, ground = OVERSAMPLING, (_PIN + 16) * OVERSAMPLING
    left, right = 16 * s, (16 + (last - first) * scale) * s
    draw.rectangle((left, ground - 2, right, ground + 6), 255)
    step = 1 if last - first <= _SPARSE else 5
    for year in range(first - first % step + step, last, step):
        x = (16 + (year - first) * scale) * s
        high = (_TICK if year % 10 else _DECADE_TICK) * s
        draw.rectangle((x - 3, ground - high, x + 2, ground), 255)


def _label_ruler(
    canvas: Canvas, years: tuple[int, int], baseline: int, scale: float, style: TextStyle
) -> None:
    """The first and the last year, and the decades between them that have room."""
    first, last = years
    bold = TextStyle(style.family, 700, style.size)
    low = baseline + 14 + style.cap_height
    left_end = canvas.write(str(first), MARGIN, low, bold, RED)
    right_end = canvas.image.width - MARGIN - measure_text(str(last), bold)
    canvas.write(str(last), right_end, low, bold, RED)
    wide = measure_text("2000", style)
    step = 10 if (wide + 40) < 10 * scale else 20
    for year in range(first - first % step + step, last, step):
        left = round(MARGIN + (year - first) * scale - wide / 2)
        if left > left_end + 24 and left + wide < right_end - 24:
            canvas.write(str(year), left, low, style, GREY_INK)
