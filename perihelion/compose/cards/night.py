"""The night card: a large count, a title, and what stood in the sky or on the Earth that day."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from perihelion.compose.cards.canvas import Canvas
from perihelion.compose.cards.fonts import Family, TextStyle, measure_text
from perihelion.compose.cards.motifs import draw_motif
from perihelion.compose.cards.palette import (
    BLUE_GREY,
    NIGHT_BOTTOM,
    NIGHT_TOP,
    WHITE,
    choose_accent,
)
from perihelion.compose.cards.text_layout import (
    TextBlock,
    fit_block,
    shorten_line,
    shorten_list,
    smallest_size,
)

if TYPE_CHECKING:
    from perihelion.compose.cards.card import Card

MARGIN = 64
_COLUMN = 600
"""The width of the texts on a wide card; the motif stands to the right of them."""
_COUNT_SIZES = (250, 200, 160)
_TITLE_SIZES = range(60, 37, -2)


def draw_night(card: Card) -> Canvas:
    """Draw a night card."""
    canvas = Canvas(make_sky(card.size).copy())
    _scatter_stars(canvas, card)
    if card.is_square:
        _draw_square(canvas, card)
    else:
        _draw_wide(canvas, card)
    return canvas


def _draw_wide(canvas: Canvas, card: Card) -> None:
    small = small_style(card)
    bottom = card.size[1] - 57
    if card.motif:
        draw_motif(canvas, card.motif, (930, 308), 262, choose_accent(card.event_kind))
        canvas.write(
            shorten_list(card.caption, 480, small, ", "), 930, bottom, small, BLUE_GREY, align=0.5
        )
    date = shorten_list(card.date, _COLUMN, small, ", ")  # the time is the lesser part
    canvas.write(date, MARGIN, 94, small, BLUE_GREY)
    _write_count_and_title(canvas, card, 134, bottom - small.cap_height - 34)
    mission = shorten_list(card.mission, _COLUMN, small)
    canvas.write(mission, MARGIN, bottom, small, BLUE_GREY)


def _draw_square(canvas: Canvas, card: Card) -> None:
    small = small_style(card)
    bottom, accent = card.size[1] - 60, choose_accent(card.event_kind)
    if card.motif:
        draw_motif(canvas, card.motif, (730, 300), 268, accent)
        caption = fit_block(
            card.caption,
            330,
            200,
            family=small.family,
            weight=500,
            sizes=range(small.size, small.size + 1),
        )
        if caption:
            canvas.write_block(caption, MARGIN, 64, BLUE_GREY)
    canvas.write(shorten_line(card.date, 950, small), MARGIN, 628, small, BLUE_GREY)
    _write_count_and_title(canvas, card, 662, bottom - small.cap_height - 34)
    canvas.write(shorten_list(card.mission, 950, small), MARGIN, bottom, small, BLUE_GREY)


def _write_count_and_title(canvas: Canvas, card: Card, top: int, bottom: int) -> None:
    """The count with its words, then the title: the count is the smaller the longer the title."""
    width = 952 if card.is_square else _COLUMN
    sizes = (200, 160, 130) if card.is_square else _COUNT_SIZES
    for size in sizes:
        count = _fit_count(card, width, size)
        baseline = top + max(count.cap_height, _make_words(card).height)
        title_top = baseline + 52
        title = fit_block(
            card.title,
            width,
            bottom - title_top,
            family=Family.SANS,
            weight=650,
            sizes=_TITLE_SIZES,
            shorten=size == sizes[-1],
        )
        if title:
            break
    assert title is not None  # noqa: S101 - the last one may be shortened
    _write_count(canvas, card, count, baseline)
    canvas.write_block(title, MARGIN, title_top, WHITE)


def _fit_count(card: Card, width: int, size: int) -> TextStyle:
    """The count's style, so that it and its words fit into the column."""
    block = _make_words(card)
    words = max((measure_text(line, block.style) for line in block.lines), default=0)
    style = TextStyle(Family.SANS, 800, size)
    while measure_text(card.count, style) + 26 + words > width and style.size > 60:  # noqa: PLR2004 - the title's size
        style = TextStyle(Family.SANS, 800, style.size - 10)
    return style


def _make_words(card: Card) -> TextBlock:
    """What stands next to the count."""
    style = TextStyle(Family.SANS, 600, 42 if card.is_square else 46)
    return TextBlock(card.count_words, style, round(style.size * 1.12))


def _write_count(canvas: Canvas, card: Card, style: TextStyle, baseline: int) -> None:
    left = MARGIN - style.size // 30  # the bearing of a large digit
    end = canvas.write(card.count, left, baseline, style, choose_accent(card.event_kind))
    block = _make_words(card)
    canvas.write_block(block, end + 26, baseline - block.height, WHITE)


def small_style(card: Card, family: Family = Family.SANS) -> TextStyle:
    """The smallest text of a card that can be read on a phone."""
    return TextStyle(family, 500, smallest_size(card.size[0]))


@lru_cache(maxsize=2)
def make_sky(size: tuple[int, int]) -> Image.Image:
    """The ground of a dark card: a little lighter at the bottom."""
    mask = Image.linear_gradient("L").resize(size, Image.Resampling.BILINEAR)
    sky = Image.new("RGB", size, NIGHT_TOP)
    sky.paste(NIGHT_BOTTOM, (0, 0), mask)
    return sky


def _scatter_stars(canvas: Canvas, card: Card) -> None:
    """A few stars behind the motif, always the same ones for a title; they are only decoration."""
    random = Random(f"{card.title} {card.date}")  # noqa: S311 - not for secrets
    left, right, bottom = (430, 1080, 570) if card.is_square else (680, 1200, 570)
    draw = ImageDraw.Draw(canvas.image)
    for number in range(90):
        place, light = (
            (random.uniform(left, right), random.uniform(0, bottom)),
            random.randint(60, 150),
        )
        colour = (light, light, light + 20)
        if number % 9:
            draw.point(place, colour)
        else:
            canvas.fill_disc(place, random.uniform(1, 1.8), colour)
