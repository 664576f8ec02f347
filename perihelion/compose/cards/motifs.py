"""What a card shows: the planets, the Moon, Mars; `globe` and `hyperbola` have the rest."""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter

from perihelion.compose.cards.canvas import OVERSAMPLING, make_mask
from perihelion.compose.cards.card import Globe, Hyperbola, MarsYears, MoonPhase, Planets
from perihelion.compose.cards.fonts import Family, TextStyle, measure_text
from perihelion.compose.cards.globe import draw_globe
from perihelion.compose.cards.hyperbola import draw_hyperbola
from perihelion.compose.cards.sky import find_planets
from perihelion.compose.cards.text_layout import smallest_size

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    from perihelion.compose.cards.canvas import Canvas
    from perihelion.compose.cards.card import Motif
    from perihelion.compose.cards.sky import PlanetPlace

    Colour = tuple[int, int, int]
    Point = tuple[int, int]

_ORBIT = (62, 76, 124)
_SUN = (255, 214, 130)
_LABEL = (245, 242, 234)
_PLANETS: dict[str, tuple[float, float, Colour]] = {
    "Mercury": (0.39, 0.6, (176, 160, 146)),
    "Venus": (0.72, 0.9, (232, 205, 150)),
    "Earth": (1.0, 1.0, (96, 160, 240)),
    "Mars": (1.52, 0.8, (222, 112, 72)),
    "Jupiter": (5.2, 1.9, (216, 172, 128)),
    "Saturn": (9.58, 1.6, (226, 200, 140)),
    "Uranus": (19.2, 1.25, (150, 214, 222)),
    "Neptune": (30.1, 1.25, (92, 128, 232)),
    "Pluto": (39.5, 0.6, (206, 180, 156)),
}
"""Mean distance to the Sun in astronomical units, the size it is drawn at, and the colour."""
_MARIA = (
    *((33, -16, 19), (28, 18, 12), (9, 31, 14), (17, 59, 9), (-8, 51, 14), (-15, 36, 6)),
    *((-21, -17, 12), (-24, -39, 7), (22, -52, 15), (5, -50, 17), (40, -60, 12), (56, -20, 6)),
    *((57, 5, 6), (56, 28, 5), (-10, -23, 7), (8, -31, 9), (13, 4, 5)),
)
"""The dark plains of the Moon: latitude, longitude and radius in degrees, after the IAU's list."""
_MOON = (226, 222, 210)
_EARTHSHINE = (18, 26, 52)
_MARS = (203, 108, 72)


def draw_motif(canvas: Canvas, motif: Motif, centre: Point, radius: int, accent: Colour) -> None:
    """Draw `motif` around `centre`, no farther out than about `radius`."""
    if isinstance(motif, Planets):
        _draw_planets(canvas, find_planets(motif.at, dict(motif.labels)), centre, radius, accent)
    elif isinstance(motif, MoonPhase):
        _draw_moon(canvas, motif.angle, centre, round(radius * 0.86))
    elif isinstance(motif, Globe):
        draw_globe(canvas, motif, centre, round(radius * 0.94), accent)
    elif isinstance(motif, MarsYears):
        _draw_mars(canvas, centre, radius, accent)
    elif isinstance(motif, Hyperbola):
        draw_hyperbola(canvas, motif, centre, radius, accent, colour=_PLANETS[motif.planet][2])


def _draw_planets(
    canvas: Canvas, marks: tuple[PlanetPlace, ...], centre: Point, radius: int, accent: Colour
) -> None:
    """The orbits at the square roots of their distances, so that the inner ones can be seen."""
    radius -= 22
    farthest = sqrt(max(_PLANETS[mark.name][0] for mark in marks))
    unit = 19 if len(marks) <= 4 else 11  # noqa: PLR2004 - four are the inner planets
    orbits = [round(radius * sqrt(_PLANETS[mark.name][0]) / farthest) for mark in marks]
    canvas.fill_shape(
        (
            centre[0] - radius - 2,
            centre[1] - radius - 2,
            centre[0] + radius + 2,
            centre[1] + radius + 2,
        ),
        _ORBIT,
        lambda draw: _draw_orbits(draw, radius + 2, orbits),
    )
    canvas.add_glow(centre, 0.3 * radius, _SUN)
    canvas.fill_disc(centre, 2 + unit, (255, 240, 205))
    for mark, orbit in zip(marks, orbits, strict=True):
        _, size, colour = _PLANETS[mark.name]
        angle = radians(mark.longitude)
        place = (centre[0] + orbit * cos(angle), centre[1] - orbit * sin(angle))
        if mark.label:
            canvas.add_glow(place, size * unit + 24, accent)
        # Each is lit by the Sun in the middle.
        canvas.fill_sphere(place, size * unit, colour, (-0.55 * cos(angle), 0.55 * sin(angle)))
    named = [(m, o) for m, o in zip(marks, orbits, strict=True) if m.label]
    _label_planets(canvas, named, centre, unit)


def _draw_orbits(draw: ImageDraw, middle: int, orbits: list[int]) -> None:
    s = OVERSAMPLING
    for orbit in orbits:
        low, high = (middle - orbit) * s, (middle + orbit) * s
        draw.ellipse((low, low, high, high), outline=255, width=5)


def _label_planets(
    canvas: Canvas, marked: list[tuple[PlanetPlace, int]], centre: Point, unit: int
) -> None:
    """Write each name to the right or the left of its planet, where it meets no other name."""
    style = TextStyle(Family.SANS, 600, smallest_size(canvas.image.width))
    for mark, orbit in marked:
        angle = radians(mark.longitude)
        x, y = centre[0] + orbit * cos(angle), centre[1] - orbit * sin(angle)
        gap = round(_PLANETS[mark.name][1] * unit) + 12
        width = measure_text(mark.label, style)
        baseline = round(y) + style.cap_height // 2
        ends_inside = x + gap + width < canvas.image.width - 24
        left = round(x + gap) if ends_inside else round(x - gap - width)
        box = (left, baseline - style.cap_height, left + width, baseline + 12)
        while any(_overlap(box, other.box) for other in canvas.texts):
            baseline += 4
            box = (left, baseline - style.cap_height, left + width, baseline + 12)
        canvas.write(mark.label, left, baseline, style, _LABEL)


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _draw_moon(canvas: Canvas, angle: float, centre: Point, radius: int) -> None:
    """The Moon's near side, north up, lit as far as it was: a waxing one on its right."""
    canvas.add_glow(centre, radius * 1.3, (88, 96, 128))
    side = 2 * radius
    plains = make_mask((side, side), lambda draw: _draw_maria(draw, radius * OVERSAMPLING))
    plains = plains.filter(ImageFilter.BoxBlur(radius / 18)).point(
        [round(i * 0.75) for i in range(256)]
    )
    moon = Image.new("RGB", (side, side), _MOON)
    moon.paste((150, 147, 142), (0, 0), plains)
    lit = make_mask((side, side), lambda draw: draw.polygon(_outline_lit_part(angle, radius), 255))
    night = Image.blend(moon, Image.new("RGB", (side, side), _EARTHSHINE), 0.9)
    moon = Image.composite(moon, night, lit.filter(ImageFilter.BoxBlur(2)))
    edge = side * OVERSAMPLING - 1
    disc = make_mask((side, side), lambda draw: draw.ellipse((0, 0, edge, edge), 255))
    canvas.image.paste(moon, (centre[0] - radius, centre[1] - radius), disc)


def _outline_lit_part(angle: float, radius: int) -> list[tuple[float, float]]:
    """The lit part's edge, on a mask: half of the Moon's, then the line between day and night."""
    r, steps = radius * OVERSAMPLING, 90
    waxing = angle % 360 < 180  # noqa: PLR2004 - degrees of half a month
    side = 1 if waxing else -1
    reach = cos(radians(angle)) * side
    turns = [pi * i / steps for i in range(steps + 1)]
    edge = [(r + side * (r + 1) * sin(t), r - (r + 1) * cos(t)) for t in turns]
    line = [(r + reach * r * sin(t), r - r * cos(t)) for t in reversed(turns)]
    return edge + line


def _draw_maria(draw: ImageDraw, radius: int) -> None:
    for latitude, longitude, size in _MARIA:
        x = radius * (1 + cos(radians(latitude)) * sin(radians(longitude)))
        y = radius * (1 - sin(radians(latitude)))
        wide = radius * sin(radians(size)) * cos(radians(longitude))
        high = radius * sin(radians(size)) * cos(radians(latitude))
        draw.ellipse((x - wide, y - high, x + wide, y + high), 255)


def _draw_mars(canvas: Canvas, centre: Point, radius: int, accent: Colour) -> None:
    """Mars in a ring: its way around the Sun, once more complete."""
    globe, ring = round(radius * 0.56), radius * 0.84
    canvas.add_glow(centre, globe * 1.5, (96, 48, 36))
    canvas.fill_sphere(centre, globe, _MARS, (-0.45, -0.45))
    canvas.draw_circle(centre, ring, accent, 6)
    top = (centre[0], centre[1] - ring)
    canvas.add_glow(top, 40, accent)
    canvas.fill_disc(top, 10, (255, 255, 255))
