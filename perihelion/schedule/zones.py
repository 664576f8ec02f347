"""IANA time zones by name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from perihelion.schedule.shapes import Scalar, Wrong
from perihelion.schedule.suggest import nearest, quote

_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})
_NO_FOLDERS = ("posix/", "right/")
"""What some machines keep beside the zones: their own choice, copies, and clocks with leap seconds.
A schedule must mean the same everywhere."""


class Zone(Scalar[str]):
    """The name of a zone that the time zone database knows."""

    wanted = "an IANA time zone such as Europe/Berlin"

    def parse(self, text: str) -> str:
        """The name; one string for each zone."""
        zone = _find(text)
        if zone is None:
            guess = _guess(text)
            advice = f"did you mean `{guess}`?" if guess else f"write {self.wanted}"
            raise Wrong("bad-zone", f"unknown time zone {quote(text)}; {advice}")
        return zone.key

    def schema(self) -> dict[str, Any]:
        """A string with an example: the list itself is the time zone database's."""
        examples = ["UTC", "America/New_York", "Europe/Berlin"]
        return {"type": "string", "pattern": r"^\S+$", "examples": examples}


@lru_cache(maxsize=1024)
def _find(name: str) -> ZoneInfo | None:
    if name in _NO_ZONES or name.startswith(_NO_FOLDERS):
        return None
    # A folder (`America`), a path upwards or a file that is no zone fail each in their own way.
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Every name, and every city alone, as a key to the full name. Slow: reads the database."""
    zones = sorted(available_timezones() - _NO_ZONES)
    cities = {zone.rpartition("/")[2]: zone for zone in reversed(zones) if "/" in zone}
    return cities | {zone: zone for zone in zones}


def _guess(text: str) -> str | None:
    names = _names()
    found = nearest(text.replace(" ", "_"), tuple(names))
    return names[found] if found else None
