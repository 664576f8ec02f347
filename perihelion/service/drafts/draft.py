"""One event that somebody has to look at before it is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perihelion.service.event_fields import MISSION_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_MISSION_KEYS = (*MISSION_FIELDS, "replay")
_DEFAULTS = {"kind": "event", "tone": "plain", "importance": 3}
"""What an event is that says nothing else."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: where it stands (`events.csv, row 12`), and its cells by column."""

    place: str
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """An event as its fields (see `event_fields`) were read at `place`: `events.csv, row 12`.

    `notes` help the person who looks at it; `warnings` say what may be wrong with it.
    """

    place: str
    fields: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def mission(self) -> str:
        """Its mission's id."""
        return str(self.fields.get("mission", ""))

    @property
    def full_id(self) -> str:
        """As the event's, once it is in the schedule."""
        return f"{self.mission}/{self.fields.get('id', '')}"

    def event_keys(self) -> dict[str, Any]:
        """What the schedule's event holds."""
        return {
            name: one
            for name, one in self.fields.items()
            if name not in _MISSION_KEYS and one != _DEFAULTS.get(name)
        }
