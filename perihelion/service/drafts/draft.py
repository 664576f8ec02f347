"""One event that somebody has to look at before it is remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perihelion.service.event_fields import MISSION_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    `notes` are for the person who looks at it.
    """

    place: str
    fields: Mapping[str, Any]
    notes: tuple[str, ...] = field(default=())

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
            if name not in MISSION_FIELDS and one != _DEFAULTS.get(name)
        }
