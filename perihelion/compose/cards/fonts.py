"""The fonts of the cards: how wide a text is, and how it is drawn.

Both fonts are variable and come as one file per script, so that a text is drawn in runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

from PIL import ImageFont

from perihelion.compose.cards.font_ranges import find_font_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.ImageDraw import ImageDraw

    Colour = tuple[int, int, int]


_MEASURED_AT = 200
"""The size in pixels at which widths are measured."""


class Family(StrEnum):
    """A font's family, as its files are named."""

    SANS = "inter"
    SERIF = "eb-garamond"


@dataclass(frozen=True, slots=True)
class TextStyle:
    """A family, a weight from 400 to 800, and a size in pixels."""

    family: Family
    weight: int
    size: int

    @property
    def cap_height(self) -> int:
        """The height of a capital letter or a digit."""
        return round(self.size * (0.727 if self.family is Family.SANS else 0.65))


def measure_text(text: str, style: TextStyle) -> int:
    """How wide `text` is, in whole pixels."""
    return round(_measure_width(text, style.family, style.weight) * style.size / _MEASURED_AT)


@lru_cache(maxsize=4096)
def _measure_width(text: str, family: Family, weight: int) -> float:
    """At one size for all: each size of a font is decompressed anew, and fitting tries many."""
    style = TextStyle(family, weight, _MEASURED_AT)
    return sum(_load_font(style, name).getlength(run) for name, run in _split_runs(text))


def measure_descent(text: str, style: TextStyle) -> int:
    """How far `text` reaches below its baseline, in whole pixels."""
    boxes = (_load_font(style, name).getbbox(run, anchor="ls") for name, run in _split_runs(text))
    return max((ceil(box[3]) for box in boxes), default=0)


def draw_text(
    draw: ImageDraw, at: tuple[int, int], text: str, style: TextStyle, fill: Colour
) -> None:
    """Draw `text` from `at`, its left end on the baseline."""
    x, baseline = float(at[0]), at[1]
    for name, run in _split_runs(text):
        font = _load_font(style, name)
        draw.text((x, baseline), run, font=font, fill=fill, anchor="ls")
        x += font.getlength(run)


def _split_runs(text: str) -> Iterator[tuple[str, str]]:
    """The parts of `text`, each with the script's file that has it; others are left out."""
    for name, run in groupby(text, key=find_font_file):
        if name:
            yield name, "".join(run)


@lru_cache(maxsize=64)
def _load_font(style: TextStyle, subset: str) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(BytesIO(_read_file(style.family, subset)), style.size)
    font.set_variation_by_axes([style.weight])
    return font


@lru_cache(maxsize=10)
def _read_file(family: Family, subset: str) -> bytes:
    return (files("perihelion.compose.cards") / f"data/fonts/{family}-{subset}.woff2").read_bytes()
