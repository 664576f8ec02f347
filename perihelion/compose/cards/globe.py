"""The Earth as a globe: its coasts, lit as the Sun stood, seen from above a place."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from math import asin, cos, degrees, hypot, radians, sin, sqrt
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw

from perihelion.compose.cards.canvas import OVERSAMPLING, make_mask
from perihelion.compose.cards.sky import find_subsolar_point

if TYPE_CHECKING:
    from perihelion.compose.cards.canvas import Canvas
    from perihelion.compose.cards.card import Globe

    Point = tuple[float, float]
    Ring = tuple[Point, ...]

_OCEAN = (32, 84, 150)
_LAND = (126, 158, 120)
_AIR = (70, 130, 220)
_NIGHT = 46
"""Of 255: how bright the night side is, so that its coasts can still be made out."""
_SHADE = 56
"""The side of the picture of day and night before it is scaled up."""
_TILT = 14.0
"""By how many degrees the place lies above or below the middle of the globe, towards the pole."""


def draw_globe(
    canvas: Canvas, globe: Globe, centre: tuple[int, int], radius: int, accent: tuple[int, int, int]
) -> None:
    """Draw the Earth with a light at the place."""
    middle = (
        globe.latitude - _TILT if globe.latitude > 0 else globe.latitude + _TILT,
        globe.longitude,
    )
    canvas.add_glow(centre, radius * 1.35, _AIR)
    side = 2 * radius
    disc = make_mask(
        (side, side),
        lambda draw: draw.ellipse((0, 0, side * OVERSAMPLING - 1, side * OVERSAMPLING - 1), 255),
    )
    earth = Image.composite(
        Image.new("RGB", (side, side), _LAND),
        Image.new("RGB", (side, side), _OCEAN),
        make_mask((side, side), lambda draw: _draw_land(draw, middle, radius * OVERSAMPLING)),
    )
    if globe.at:
        shade = _make_daylight(middle, find_subsolar_point(globe.at)).resize(
            (side, side), Image.Resampling.BICUBIC
        )
        earth = ImageChops.multiply(earth, Image.merge("RGB", (shade,) * 3))
    canvas.image.paste(earth, (centre[0] - radius, centre[1] - radius), disc)
    x, y, _ = _project(middle, (globe.longitude, globe.latitude))
    place = (centre[0] + x * radius, centre[1] - y * radius)
    canvas.add_glow(place, radius * 0.22, accent)
    canvas.fill_disc(place, max(9.0, radius / 26), (255, 255, 255))


def _project(middle: Point, point: Point) -> tuple[float, float, float]:
    """A (longitude, latitude) seen from above `middle`: right, up, and towards the viewer."""
    latitude, middle_latitude = radians(point[1]), radians(middle[0])
    turn = radians(point[0] - middle[1])
    towards = cos(latitude) * cos(turn)
    return (
        cos(latitude) * sin(turn),
        cos(middle_latitude) * sin(latitude) - sin(middle_latitude) * towards,
        sin(middle_latitude) * sin(latitude) + cos(middle_latitude) * towards,
    )


def _draw_land(draw: ImageDraw.ImageDraw, middle: Point, radius: int) -> None:
    """Draw the land on a mask; what is on the far side goes outside the globe's edge.

    The ring around the point opposite to the middle, if there is one, is turned inside out by
    that: what lies outside it is land.
    """
    far_side = (-middle[0], (middle[1] + 360) % 360 - 180)
    around = [ring for ring, is_lake in read_land() if not is_lake and _encloses(ring, far_side)]
    for ring in around:
        draw.rectangle((0, 0, 2 * radius, 2 * radius), 255)
        draw.polygon([_place_point(middle, point, radius) for point in ring], 0)
    for ring, is_lake in read_land():
        if ring not in around:
            points = [_place_point(middle, point, radius) for point in ring]
            draw.polygon(points, 0 if is_lake else 255)


def _encloses(ring: Ring, place: Point) -> bool:
    """Whether a ring goes around a place of this latitude and longitude."""
    latitude, longitude = place
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (y1 > latitude) != (y2 > latitude):
            inside ^= longitude < x1 + (latitude - y1) / (y2 - y1) * (x2 - x1)
    return inside


def _place_point(middle: Point, point: Point, radius: int) -> Point:
    x, y, z = _project(middle, point)
    if z < 0:
        length = hypot(x, y) or 1.0
        x, y = x / length * (2 - length), y / length * (2 - length)
    return radius * (1 + x), radius * (1 - y)


def _make_daylight(middle: Point, sun: Point) -> Image.Image:
    """Day and night on the globe, with the twilight between them."""
    light = _project(middle, (sun[1], sun[0]))
    shade = Image.new("L", (_SHADE, _SHADE))
    shade.putdata([_light_at(index, light) for index in range(_SHADE**2)])
    return shade


def _light_at(index: int, light: tuple[float, float, float]) -> int:
    half = (_SHADE - 1) / 2
    row, column = divmod(index, _SHADE)
    x, y = (column - half) / half, (half - row) / half
    z = sqrt(max(0.0, 1 - x * x - y * y))
    height = degrees(asin(max(-1.0, min(1.0, x * light[0] + y * light[1] + z * light[2]))))
    day = min(1.0, max(0.0, (height + 8) / 20))
    return round(_NIGHT + (255 - _NIGHT) * day * (0.72 + 0.28 * z))


@lru_cache(maxsize=1)
def read_land() -> tuple[tuple[Ring, bool], ...]:
    """The rings of the world's land, as (longitude, latitude) in degrees, and which are lakes."""
    source = files("perihelion.compose.cards") / "data/land-110m.json"
    topology = json.loads(source.read_text("ascii"))
    arcs = [_decode_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    rings = []
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            rings += [(_join_arcs(ring, arcs), number > 0) for number, ring in enumerate(polygon)]
    return tuple(rings)


def _decode_arc(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    """A TopoJSON arc: differences of whole numbers, to be scaled and moved."""
    (scale_x, scale_y), (move_x, move_y) = transform["scale"], transform["translate"]
    xs, ys = (accumulate(column) for column in zip(*arc, strict=True))
    return tuple((x * scale_x + move_x, y * scale_y + move_y) for x, y in zip(xs, ys, strict=True))


def _join_arcs(numbers: list[int], arcs: list[Ring]) -> Ring:
    """The arcs of a ring one after another; one with a negative number backwards."""
    return tuple(point for n in numbers for point in (arcs[n] if n >= 0 else reversed(arcs[~n])))
