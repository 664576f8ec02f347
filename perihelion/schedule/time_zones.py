"""IANA time zones by name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from perihelion.schedule.scalar_types import InvalidValueError, ScalarType
from perihelion.schedule.suggestions import find_closest_match, quote_text

_EXCLUDED_ZONES = frozenset({"Factory", "localtime", "posixrules"})
_EXCLUDED_PREFIXES = ("posix/", "right/")
"""What some machines keep beside the zones: their own choice, copies, and clocks with leap seconds.
A schedule must mean the same everywhere."""


class TimeZoneType(ScalarType[str]):
    """The name of a zone that the time zone database knows."""

    expected = "an IANA time zone such as Europe/Berlin"

    def parse(self, text: str) -> str:
        """The name; one string for each zone."""
        zone = _find_zone(text)
        if zone is None:
            guess = _guess_zone(text)
            advice = f"did you mean `{guess}`?" if guess else f"write {self.expected}"
            raise InvalidValueError("bad-zone", f"unknown time zone {quote_text(text)}; {advice}")
        return zone.key

    def to_json_schema(self) -> dict[str, Any]:
        """A string with an example: the list itself is the time zone database's."""
        examples = ["UTC", "America/New_York", "Europe/Berlin"]
        return {"type": "string", "pattern": r"^\S+$", "examples": examples}


@lru_cache(maxsize=1024)
def _find_zone(name: str) -> ZoneInfo | None:
    if name in _EXCLUDED_ZONES or name.startswith(_EXCLUDED_PREFIXES):
        return None
    # A folder (`America`), a path upwards or a file that is not a zone fail each in their own way.
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@lru_cache(maxsize=1)
def _zones_by_name() -> dict[str, str]:
    """Every name, and every city alone, as a key to the full name. Slow: reads the database."""
    zones = sorted(available_timezones() - _EXCLUDED_ZONES)
    cities = {zone.rpartition("/")[2]: zone for zone in reversed(zones) if "/" in zone}
    return cities | {zone: zone for zone in zones}


def _guess_zone(text: str) -> str | None:
    names = _zones_by_name()
    found = find_closest_match(text.replace(" ", "_"), tuple(names))
    return names[found] if found else None
