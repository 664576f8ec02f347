"""A picture to draw on: smooth shapes, lights, and texts whose contrast is measured first.

Each shape is drawn as a mask at three times its size, in its own box, and reduced: the whole
picture at that size would take seconds. Lights and spheres come from small gradients, scaled up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw

from perihelion.compose.cards.contrast import LEAST_CONTRAST, measure_lowest_contrast
from perihelion.compose.cards.fonts import draw_text, measure_descent, measure_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.compose.cards.fonts import TextStyle
    from perihelion.compose.cards.text_layout import TextBlock

    Colour = tuple[int, int, int]
    Box = tuple[int, int, int, int]

OVERSAMPLING: Final = 3
_GRADIENT: Final = 64
"""The side of a gradient before it is scaled up."""
_SHADOW_STEP: Final = 0.25


@dataclass(frozen=True, slots=True)
class DrawnText:
    """A line on a card: where it is, and its least contrast to what it was drawn on."""

    text: str
    box: Box
    size: int
    contrast: float


@dataclass(slots=True)
class Canvas:
    """An RGB picture, and the texts that have been drawn on it so far."""

    image: Image.Image
    """At first the card's plain ground."""
    texts: list[DrawnText] = field(default_factory=list)
    ground: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.ground = self.image.copy()

    def fill_shape(
        self, box: Box, colour: Colour, draw: Callable[[ImageDraw.ImageDraw], None]
    ) -> None:
        """Fill what `draw` draws on a mask of `box`, three times as large, with `colour`."""
        self.image.paste(colour, box[:2], make_mask((box[2] - box[0], box[3] - box[1]), draw))

    def fill_disc(self, centre: tuple[float, float], radius: float, colour: Colour) -> None:
        """A smooth disc."""
        box = _box_around(centre, radius + 1)
        middle = (centre[0] - box[0], centre[1] - box[1])
        self.fill_shape(box, colour, lambda draw: draw.ellipse(_scale_circle(middle, radius), 255))

    def draw_circle(
        self, centre: tuple[float, float], radius: float, colour: Colour, width: float
    ) -> None:
        """A smooth circle; `width` is of its line."""
        box = _box_around(centre, radius + width)
        middle, line = (centre[0] - box[0], centre[1] - box[1]), round(width * OVERSAMPLING)
        circle = _scale_circle(middle, radius + width / 2)
        self.fill_shape(box, colour, lambda draw: draw.ellipse(circle, outline=255, width=line))

    def add_glow(self, centre: tuple[float, float], radius: float, colour: Colour) -> None:
        """A light that fades out to `radius`."""
        side = round(2 * radius)
        glow = _falloff().resize((side, side), Image.Resampling.BILINEAR)
        self.image.paste(colour, (round(centre[0] - radius), round(centre[1] - radius)), glow)

    def fill_sphere(
        self, centre: tuple[float, float], radius: float, colour: Colour, light: tuple[float, float]
    ) -> None:
        """A globe lit from the direction `light`, to the right and down, of length 1 at most."""
        box = _box_around(centre, radius + 1)
        side = box[2] - box[0]
        shade = _sphere_shade(*(round(one, 2) for one in light))
        shade = shade.resize((side, side), Image.Resampling.BICUBIC)
        shaded = ImageChops.multiply(
            Image.new("RGB", (side, side), colour), Image.merge("RGB", (shade,) * 3)
        )
        middle = (centre[0] - box[0], centre[1] - box[1])
        mask = make_mask(
            (side, side), lambda draw: draw.ellipse(_scale_circle(middle, radius), 255)
        )
        self.image.paste(shaded, box[:2], mask)

    def write(  # noqa: PLR0913 - a place, a style and a colour
        self,
        text: str,
        x: int,
        baseline: int,
        style: TextStyle,
        colour: Colour,
        *,
        align: float = 0,
    ) -> int:
        """Write one line, and return where it ends; `align` 0 begins at `x`, 0.5 centres, 1 ends.

        What lies under it is dimmed until the contrast is enough.
        """
        width = measure_text(text, style)
        if not width:
            return x
        left = round(x - width * align)
        low = baseline + max(0, measure_descent(text, style))
        box = (left, baseline - style.cap_height, left + width, low)
        contrast = self._clear_ground(box, colour)
        draw_text(ImageDraw.Draw(self.image), (left, baseline), text, style, colour)
        self.texts.append(DrawnText(text, box, style.size, contrast))
        return left + width

    def write_block(self, block: TextBlock, x: int, top: int, colour: Colour) -> int:
        """Write lines from `top` down, and return the last baseline."""
        baseline = top + block.style.cap_height
        for number, line in enumerate(block.lines):
            self.write(line, x, baseline + number * block.leading, block.style, colour)
        return top + block.height

    def _clear_ground(self, box: Box, colour: Colour) -> float:
        """The contrast that `colour` has to `box`, once that is enough."""
        while (contrast := measure_lowest_contrast(colour, self.image, box)) < LEAST_CONTRAST:
            part, plain = self.image.crop(box), self.ground.crop(box)
            self.image.paste(Image.blend(part, plain, _SHADOW_STEP), box[:2])
        return contrast


def make_mask(size: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    """A smooth mask; `draw` gets it three times as large, and draws with 255."""
    mask = Image.new("L", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
    draw(ImageDraw.Draw(mask))
    return mask.reduce(OVERSAMPLING)


def _box_around(centre: tuple[float, float], radius: float) -> Box:
    reach = int(radius) + 1
    x, y = round(centre[0]), round(centre[1])
    return (x - reach, y - reach, x + reach, y + reach)


def _scale_circle(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    """A circle's box on a mask."""
    (x, y), s = centre, OVERSAMPLING
    return ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s)


@lru_cache(maxsize=1)
def _falloff() -> Image.Image:
    """A light: bright in the middle, nothing at the edge."""
    distance = Image.radial_gradient("L").reduce(256 // _GRADIENT)
    edge = 180  # the corners of the gradient are at 255, its sides at 180
    return distance.point([round(200 * max(0, 1 - i / edge) ** 2.2) for i in range(256)])


@lru_cache(maxsize=16)
def _sphere_shade(light_x: float, light_y: float) -> Image.Image:
    """How much light each point of a sphere gets, from 0.3 to 1."""
    shade = Image.new("L", (_GRADIENT, _GRADIENT))
    shade.putdata([_shade_at(i, light_x, light_y) for i in range(_GRADIENT**2)])
    return shade


def _shade_at(index: int, light_x: float, light_y: float) -> int:
    middle = (_GRADIENT - 1) / 2
    y, x = ((one - middle) / middle for one in divmod(index, _GRADIENT))
    z = sqrt(max(0.0, 1 - x * x - y * y))
    light_z = sqrt(max(0.0, 1 - light_x**2 - light_y**2))
    return round(255 * (0.3 + 0.7 * max(0.0, x * light_x + y * light_y + z * light_z)))
