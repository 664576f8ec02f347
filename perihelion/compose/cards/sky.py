"""What stood in the sky: the planets, the Moon and the Sun at an instant, by astronomy-engine."""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from astronomy import Time

PLANETS: Final = (
    *("Mercury", "Venus", "Earth", "Mars"),
    *("Jupiter", "Saturn", "Uranus", "Neptune", "Pluto"),
)
"""From the Sun outwards."""
_DEGREES_PER_HOUR: Final = 15


class PlanetPlace(NamedTuple):
    """A planet at its heliocentric ecliptic `longitude` in degrees, and its label or none."""

    name: str
    longitude: float
    label: str


def find_planets(at: datetime, names: Mapping[str, str]) -> tuple[PlanetPlace, ...]:
    """The planets at an aware instant: those up to Mars, and on to the farthest of `names`.

    `names` has the labels of the planets that are named.
    """
    last = max((PLANETS.index(planet) for planet in names), default=0)
    shown = PLANETS[: max(last, PLANETS.index("Mars")) + 1]
    return tuple(PlanetPlace(one, _find_longitude(one, at), names.get(one, "")) for one in shown)


@lru_cache(maxsize=512)
def _find_longitude(planet: str, at: datetime) -> float:
    """The heliocentric longitude in degrees, on the ecliptic; exact to a hundredth."""
    from astronomy import Body, Ecliptic, HelioVector  # noqa: PLC0415 - takes 17 ms, for few posts

    vector = HelioVector(Body[planet], _make_time(at))
    return round(float(Ecliptic(vector).elon), 2)


@lru_cache(maxsize=128)
def find_moon_angle(at: datetime) -> float:
    """The Moon's phase at an aware instant, in degrees: 0 is new, 90 the first quarter."""
    from astronomy import MoonPhase  # noqa: PLC0415 - as above

    return round(float(MoonPhase(_make_time(at))), 1)


@lru_cache(maxsize=128)
def find_subsolar_point(at: datetime) -> tuple[float, float]:
    """Where the Sun stands in the zenith at an aware instant: latitude and longitude in degrees."""
    from astronomy import Body, Equator, Observer, SiderealTime  # noqa: PLC0415 - as above

    time = _make_time(at)
    sun = Equator(Body.Sun, time, Observer(0, 0, 0), ofdate=True, aberration=True)
    east = (sun.ra - SiderealTime(time)) * _DEGREES_PER_HOUR
    return round(float(sun.dec), 2), round((float(east) + 180) % 360 - 180, 2)


def _make_time(at: datetime) -> Time:
    from astronomy import Time  # noqa: PLC0415 - as above

    moment = at.astimezone(UTC)
    seconds = moment.second + moment.microsecond / 1e6
    return Time.Make(moment.year, moment.month, moment.day, moment.hour, moment.minute, seconds)
