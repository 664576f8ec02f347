"""IANA time zones by name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.scalar_types import ScalarType
from perihelion.schedule.suggestions import find_closest_match, quote_text

_EXCLUDED_ZONES = frozenset({"Factory", "localtime", "posixrules"})
_EXCLUDED_PREFIXES = ("posix/", "right/")
"""What some machines keep beside the zones: their own choice, copies, and clocks with leap seconds.
A schedule must mean the same everywhere."""
_OFFSET = re.compile(r"(?:UTC|GMT|Z)? ?[+-]\d{1,2}(?::?\d\d)?", re.ASCII)
_ZONES_MEANT = {
    "BST": "Europe/London",
    "CDT": "America/Chicago",
    "CEST": "Europe/Berlin",
    "CST": "America/Chicago",
    "EDT": "America/New_York",
    "JST": "Asia/Tokyo",
    "MSK": "Europe/Moscow",
    "PDT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "Baikonur": "Asia/Qyzylorda",
    "Cape Canaveral": "America/New_York",
    "Houston": "America/Chicago",
}
"""Abbreviations of clocks, and places of space flight, that are no names of zones themselves."""


class TimeZoneType(ScalarType[str]):
    """The name of a zone that the time zone database knows."""

    expected = "an IANA time zone such as Europe/Berlin"

    def parse(self, text: str) -> str:
        """The name; one string for each zone."""
        zone = _find_zone(text)
        if zone is None and _OFFSET.fullmatch(text):
            message = f"`{text}` is an offset; write {self.expected}, or the offset into `at`"
            raise InvalidValueError("bad-zone", message)
        if zone is None:
            guess = _guess_zone(text)
            advice = f"did you mean `{guess}`?" if guess else f"write {self.expected}"
            raise InvalidValueError("bad-zone", f"unknown time zone {quote_text(text)}; {advice}")
        return zone.key

    def make_json_rule(self) -> dict[str, Any]:
        """A string with an example: the list itself is the time zone database's."""
        examples = ["UTC", "America/New_York", "Europe/Berlin"]
        return {"type": "string", "pattern": r"^[A-Za-z][\w+/-]*$", "examples": examples}


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
    if text in _ZONES_MEANT:
        return _ZONES_MEANT[text]
    names = _zones_by_name()
    found = find_closest_match(text.replace(" ", "_"), tuple(names))
    return names[found] if found else None
