"""Flybys: how a planet's gravity bends the path of a craft that passes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import asin, degrees, sqrt
from typing import Final


class Body(StrEnum):
    """A body whose size and gravity are known, by its name in the schedule."""

    MERCURY = "mercury"
    VENUS = "venus"
    EARTH = "earth"
    MARS = "mars"
    JUPITER = "jupiter"
    SATURN = "saturn"
    URANUS = "uranus"
    NEPTUNE = "neptune"
    PLUTO = "pluto"


_RADIUS_AND_GRAVITY: Final = {
    Body.MERCURY: (2440.5, 22_032),
    Body.VENUS: (6051.8, 324_860),
    Body.EARTH: (6378.1, 398_600),
    Body.MARS: (3396.2, 42_828),
    Body.JUPITER: (71_492, 126_687_000),
    Body.SATURN: (60_268, 37_931_000),
    Body.URANUS: (25_559, 5_794_000),
    Body.NEPTUNE: (24_764, 6_835_100),
    Body.PLUTO: (1188, 870),
}
"""Equatorial radius in km and gravitational parameter GM in km³/s².

Source: Planetary Fact Sheets, NASA Space Science Data Coordinated Archive,
https://nssdc.gsfc.nasa.gov/planetary/factsheet/.
"""


@dataclass(frozen=True, slots=True)
class Flyby:
    """How low and how fast a craft passed `body`: in km above its equator's radius, and km/s.

    The speed is either that at the closest point, or that far away (v-infinity); the other is None.
    """

    body: Body
    altitude_km: float
    speed_km_s: float | None = None
    v_infinity_km_s: float | None = None

    @property
    def disc(self) -> float:
        """The body's radius as a part of the distance of the closest point from its centre."""
        return self._radius / self._closest

    @property
    def escape_speed_km_s(self) -> float:
        """At the closest point; what is slower than that does not fly by."""
        return sqrt(2 * self._gravity / self._closest)

    @property
    def eccentricity(self) -> float:
        """Of the path: above 1, a hyperbola, and the straighter the greater.

        It is 1 + r·v∞²/GM, or, by the conservation of energy, r·v²/GM - 1 at the closest point r.
        """
        if self.v_infinity_km_s is not None:
            return 1 + self._closest * self.v_infinity_km_s**2 / self._gravity
        return self._closest * (self.speed_km_s or 0) ** 2 / self._gravity - 1

    @property
    def turn(self) -> float:
        """The angle in degrees by which the direction changes: that between the asymptotes."""
        return 2 * degrees(asin(1 / self.eccentricity))

    @property
    def _radius(self) -> float:
        return _RADIUS_AND_GRAVITY[self.body][0]

    @property
    def _gravity(self) -> float:
        return _RADIUS_AND_GRAVITY[self.body][1]

    @property
    def _closest(self) -> float:
        return self._radius + self.altitude_km
