"""The path of a flyby, to scale: the planet, the hyperbola around it, and its asymptotes."""

from __future__ import annotations

from itertools import pairwise
from math import acos, atan2, cos, hypot, pi, sin
from typing import TYPE_CHECKING, Final

from perihelion.compose.cards.canvas import OVERSAMPLING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    from perihelion.compose.cards.canvas import Canvas
    from perihelion.compose.cards.card import Hyperbola

    Colour = tuple[int, int, int]
    Point = tuple[float, float]

_AXIS: Final = 1.9
"""The direction of the closest point, in radians from the right, upwards: a little to the left."""
_STEPS: Final = 48
_LINE: Final = 4
_THIN: Final = 2
_ARROW: Final = 17
_FARTHEST: Final = 0.8
"""Of the motif's radius: where the asymptotes may cross so that they are drawn."""
_NEARLY_A_PARABOLA: Final = 0.000_001
_ARC: Final = 0.42
"""Of the motif's radius: that of the arc."""
_FAINT: Final = (108, 124, 178)
_DASH: Final = 9


def draw_hyperbola(  # noqa: PLR0913 - as other motifs, with the planet's colour
    canvas: Canvas,
    motif: Hyperbola,
    centre: tuple[int, int],
    radius: int,
    accent: Colour,
    *,
    colour: Colour,
) -> None:
    """Draw the path from the left to the right over the planet; the light is the closest point.

    The dashes are its asymptotes: the way that it came, straight on, and the way that it leaves.
    The arc between them is its turn.
    """
    closest = _choose_scale(motif.eccentricity) * radius
    crossing = closest * motif.eccentricity / max(motif.eccentricity - 1, _NEARLY_A_PARABOLA)
    size = max(3.0, motif.disc * closest)
    sink = max(0.0, min(0.4 * radius, (crossing - size) / 2))
    planet = (centre[0] - sink * cos(_AXIS), centre[1] + sink * sin(_AXIS))
    canvas.add_glow(planet, size * 1.5 + 12, colour)
    canvas.fill_sphere(planet, size, colour, (-0.5, -0.5))
    box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
    origin = (planet[0] - box[0], planet[1] - box[1])
    if crossing - sink < _FARTHEST * radius:
        canvas.fill_shape(
            box,
            _FAINT,
            lambda draw: _draw_turn(draw, motif.eccentricity, crossing, origin, radius),
        )
    path = [
        _turn(point, origin) for point in _trace_path(motif.eccentricity, closest, 2.0 * radius)
    ]
    inside = [one for one in path if hypot(one[0] - radius, one[1] - radius) < radius - _ARROW]
    canvas.fill_shape(box, accent, lambda draw: _draw_path(draw, inside))
    vertex = _turn((closest, 0.0), planet)
    canvas.add_glow(vertex, radius * 0.2, accent)
    canvas.fill_disc(vertex, max(8.0, radius / 30), (255, 255, 255))


def _choose_scale(eccentricity: float) -> float:
    """How far from the planet the closest point is drawn, as a part of the motif's radius.

    Where the path turns sharply, its asymptotes cross far out, and must fit in.
    """
    return max(0.2, min(0.4, 0.7 * (eccentricity - 1) / eccentricity))


def _trace_path(eccentricity: float, closest: float, reach: float) -> list[Point]:
    """Points of the path out to `reach`, with the planet at the origin and the axis to the right.

    They are in the order of the flight.
    """
    across = closest * (1 + eccentricity)
    end = acos(max(-1.0, (across / reach - 1) / eccentricity))
    points = []
    for step in range(_STEPS, -_STEPS - 1, -1):
        angle = end * step / _STEPS
        distance = across / (1 + eccentricity * cos(angle))
        points.append((distance * cos(angle), distance * sin(angle)))
    return points


def _turn(point: Point, planet: Point) -> Point:
    """Where a point of the path is seen: its axis points to `_AXIS`."""
    x, y = point
    return (
        planet[0] + x * cos(_AXIS) - y * sin(_AXIS),
        planet[1] - x * sin(_AXIS) - y * cos(_AXIS),
    )


def _draw_path(draw: ImageDraw, path: list[Point]) -> None:
    """The line on a mask: it comes out of the dark, and ends in an arrow."""
    for number, ends in enumerate(pairwise(path)):
        light = min(1.0, 2 * number / len(path))
        _draw_line(draw, list(ends), _LINE, round(30 + 225 * light))
    (x, y), (before_x, before_y) = path[-1], path[-2]
    heading = atan2(y - before_y, x - before_x)
    corners = [
        (x + _ARROW * length * cos(heading + side), y + _ARROW * length * sin(heading + side))
        for length, side in ((1.0, 0.0), (0.55, 2.1), (0.55, -2.1))
    ]
    draw.polygon([(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in corners], 255)


def _draw_turn(
    draw: ImageDraw, eccentricity: float, crossing: float, planet: Point, radius: int
) -> None:
    """The asymptotes on a mask of this radius, and the arc between them beyond their crossing."""
    straight = acos(1 / eccentricity)
    for angle, first in ((straight, -2 * radius), (pi - straight, 0)):
        for start in range(first, 2 * radius, 2 * _DASH):
            ends = _place_along(crossing, angle, (start, start + _DASH), planet)
            if all(hypot(x - radius, y - radius) < 0.92 * radius for x, y in ends):
                _draw_line(draw, ends, _THIN)
    angles = (straight + (pi - 2 * straight) * step / _STEPS for step in range(_STEPS + 1))
    arc = [_place_along(crossing, angle, (_ARC * radius,), planet)[0] for angle in angles]
    _draw_line(draw, arc, _THIN)


def _place_along(
    crossing: float, angle: float, distances: tuple[float, ...], planet: Point
) -> list[Point]:
    """Where the points are that lie so far from the crossing in this direction."""
    return [_turn((crossing + cos(angle) * far, -sin(angle) * far), planet) for far in distances]


def _draw_line(draw: ImageDraw, points: list[Point], width: int, light: int = 255) -> None:
    scaled = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
    draw.line(scaled, fill=light, width=width * OVERSAMPLING)
