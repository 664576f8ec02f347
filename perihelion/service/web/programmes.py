"""The missions of one programme, by their numbered names. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.missions import Mission

MIN_MISSIONS = 2
"""A number alone, such as that of Deep Space 1, makes no programme."""

_NUMBERED = re.compile(r"(?P<name>.+?)[ -](?:[A-Z]+-)?(?:\d+[A-Z]?(?:-[A-Z])?|[IVX]+)")


def find_programme(name: str) -> str:
    """The programme in a mission's name: `Apollo` of Apollo 11, `Soyuz` of Soyuz TM-3; or empty."""
    found = _NUMBERED.fullmatch(name)
    return found["name"] if found else ""


def group_programmes(missions: Iterable[Mission]) -> dict[str, list[Mission]]:
    """The programmes of several missions, by name."""
    found: defaultdict[str, list[Mission]] = defaultdict(list)
    for mission in missions:
        found[find_programme(mission.name)].append(mission)
    found.pop("", None)
    return {name: several for name, several in found.items() if len(several) >= MIN_MISSIONS}


def name_programme(name: str, missions: Iterable[Mission], language: str) -> str:
    """What readers of `language` call it: as they call its missions, if those agree."""
    names = {find_programme(mission.name_in(language)) for mission in missions}
    return names.pop() or name if len(names) == 1 else name
