"""How well a text stands out: the contrast ratio of WCAG 2.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    Colour = tuple[int, int, int]

LEAST_CONTRAST = 7.0
"""Of every text on a card, to all that lies under it (level AAA)."""


def measure_luminance(colour: Colour) -> float:
    """The relative luminance of an sRGB colour, from 0 to 1."""
    red, green, blue = (_linearize(one / 255) for one in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def measure_contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours, from 1 to 21."""
    dark, light = sorted((measure_luminance(one), measure_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def measure_lowest_contrast(colour: Colour, image: Image, box: tuple[int, int, int, int]) -> float:
    """The least contrast that `colour` can have to any pixel of `box`.

    Taken from the darkest and the lightest value of each channel, so that it is never too high.
    """
    extrema = image.crop(box).getextrema()
    darkest, lightest = (tuple(int(pair[i]) for pair in extrema) for i in (0, 1))  # type: ignore[index]  # RGB has pairs
    is_light = measure_luminance(colour) > measure_luminance(lightest)  # type: ignore[arg-type]  # as above
    return measure_contrast(colour, lightest if is_light else darkest)  # type: ignore[arg-type]  # as above


def _linearize(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own
