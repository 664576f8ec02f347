"""The replay card: the day of the mission, and how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.compose.cards.canvas import OVERSAMPLING, Canvas
from perihelion.compose.cards.fonts import Family, TextStyle, measure_text
from perihelion.compose.cards.night import MARGIN, make_sky, small_style
from perihelion.compose.cards.palette import BLUE_GREY, WHITE, choose_accent
from perihelion.compose.cards.text_layout import fit_block, shorten_line, shorten_list

if TYPE_CHECKING:
    from perihelion.compose.cards.card import Card

_BAR = 14
_GAP = 22
"""Between the day's number and the words around it."""
_REST = (58, 70, 112)


def draw_replay(card: Card) -> Canvas:
    """Draw a replay card; `count` is the day's number, `count_words` what stands around it."""
    canvas = Canvas(make_sky(card.size).copy())
    width, height = card.size
    inner = width - 2 * MARGIN
    small, accent = small_style(card), choose_accent("")
    bottom = height - 58
    end = canvas.write(shorten_line(card.date, inner, small), MARGIN, 94, small, BLUE_GREY)
    left = width - MARGIN - end - 60
    canvas.write(
        shorten_list(card.mission, left, small), width - MARGIN, 94, small, BLUE_GREY, align=1
    )
    top = 200 if card.is_square else 136
    count_end = _write_day(canvas, card, top)
    title = fit_block(
        card.title,
        inner,
        bottom - 150 - (count_end + 60),
        family=Family.SANS,
        weight=650,
        sizes=range(76 if card.is_square else 60, 37, -2),
    )
    if title:
        canvas.write_block(title, MARGIN, count_end + 60, WHITE)
    bar = bottom - 78
    _draw_bar(canvas, bar, inner, card.day / card.days, accent)
    end = measure_text(card.span[1], small)
    canvas.write(card.span[0], MARGIN, bottom, small, BLUE_GREY)
    canvas.write(card.span[1], width - MARGIN - end, bottom, small, BLUE_GREY)
    return canvas


def _write_day(canvas: Canvas, card: Card, top: int) -> int:
    """The words before and after the day's number, which is large; returns its baseline."""
    accent = choose_accent("")
    words = TextStyle(Family.SANS, 600, 46)
    before, after = (*card.count_words, "", "")[:2]
    room = card.size[0] - 2 * MARGIN - 2 * _GAP
    room -= measure_text(before, words) + measure_text(after, words)
    number = TextStyle(Family.SANS, 800, 240 if card.is_square else 180)
    while measure_text(card.count, number) > room and number.size > words.size:
        number = TextStyle(Family.SANS, 800, number.size - 10)
    baseline = top + number.cap_height
    x = MARGIN
    if before:
        x = canvas.write(before, x, baseline, words, WHITE) + _GAP
    x = canvas.write(card.count, x, baseline, number, accent) + _GAP
    canvas.write(after, x, baseline, words, WHITE)
    return baseline


def _draw_bar(
    canvas: Canvas, middle: int, width: int, share: float, accent: tuple[int, int, int]
) -> None:
    """The whole mission as a bar, lit up to the day, which has a light of its own."""
    box = (MARGIN, middle - _BAR // 2, MARGIN + width, middle + _BAR // 2)
    reached = round(width * min(1.0, max(0.0, share)))
    for length, colour in ((width, _REST), (max(reached, _BAR), accent)):
        end = length * OVERSAMPLING - 1
        canvas.fill_shape(
            box,
            colour,
            lambda draw, end=end: draw.rounded_rectangle(  # type: ignore[misc]  # mypy cannot infer a lambda's default
                (0, 0, end, _BAR * OVERSAMPLING - 1), _BAR * OVERSAMPLING // 2, 255
            ),
        )
    place = (MARGIN + max(reached, _BAR) - _BAR // 2, middle)
    canvas.add_glow(place, 52, accent)
    canvas.fill_disc(place, 13, (255, 255, 255))
