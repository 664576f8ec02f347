"""The fonts of the cards: which file has a character, how wide a text is, and how it is drawn.

Both fonts are variable and come as one file per script, so that a text is drawn in runs. What is
in which file is what their package says (its `unicode.json`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Final

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.ImageDraw import ImageDraw

    Colour = tuple[int, int, int]

_RANGES: Final = {
    "latin": "0000-00FF 0131 0152-0153 02BB-02BC 02C6 02DA 02DC 2000-206F 20AC 2122 2191 2193 2212",
    "latin-ext": "0100-02BA 02BD-02C5 02C7-02CC 02CE-02D7 02DD-02FF 1E00-1E9F 1EF2-1EFF 20A0-20C0",
    "vietnamese": "01A0-01A1 01AF-01B0 0300-0301 0303-0304 0308-0309 0323 0329 1EA0-1EF9",
    "cyrillic": "0400-045F 0490-0491 04B0-04B1 2116",
    "greek": "0370-0377 037A-037F 0384-038A 038C 038E-03A1 03A3-03FF",
}


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


def find_missing_characters(text: str) -> str:
    """The characters of `text`, each once, that no file of the fonts has."""
    return "".join(dict.fromkeys(one for one in text if not _find_subset(one)))


def measure_text(text: str, style: TextStyle) -> int:
    """How wide `text` is, in whole pixels."""
    return round(sum(_load_font(style, name).getlength(run) for name, run in _split_runs(text)))


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
    for name, run in groupby(text, key=_find_subset):
        if name:
            yield name, "".join(run)


@lru_cache(maxsize=4096)
def _find_subset(character: str) -> str:
    point = ord(character)
    return next((name for name, ranges in _parse_ranges() if any(point in r for r in ranges)), "")


@lru_cache(maxsize=1)
def _parse_ranges() -> tuple[tuple[str, tuple[range, ...]], ...]:
    return tuple(
        (name, tuple(_parse_range(part) for part in written.split()))
        for name, written in _RANGES.items()
    )


def _parse_range(written: str) -> range:
    first, _, last = written.partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


@lru_cache(maxsize=64)
def _load_font(style: TextStyle, subset: str) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(BytesIO(_read_file(style.family, subset)), style.size)
    font.set_variation_by_axes([style.weight])
    return font


@lru_cache(maxsize=10)
def _read_file(family: Family, subset: str) -> bytes:
    return (files("perihelion.compose.cards") / f"data/fonts/{family}-{subset}.woff2").read_bytes()
