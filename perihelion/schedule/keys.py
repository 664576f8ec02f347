"""Every key of schedule.yaml, once: the loader, the JSON Schema and the docs' test read these."""

from __future__ import annotations

from typing import Any

from perihelion.schedule import finish
from perihelion.schedule.account_keys import ACCOUNT, DEFAULTS
from perihelion.schedule.approval_keys import APPROVED
from perihelion.schedule.day_types import CalendarDateType
from perihelion.schedule.event_keys import EVENT
from perihelion.schedule.event_parts import (
    LINK,
    PICTURE,
    PLACE,
    SOURCE,
    TRANSLATION,
    TURN_TEXT,
)
from perihelion.schedule.flyby_keys import FLYBY
from perihelion.schedule.include import IncludeType
from perihelion.schedule.list_types import ListType, MappingListType
from perihelion.schedule.mapping_types import KeySpec, RecordType
from perihelion.schedule.mission_keys import MISSION
from perihelion.schedule.replay_keys import COUNTER

_MISSIONS = MappingListType(MISSION, "id")

SCHEDULE = RecordType(
    "the schedule",
    (
        KeySpec("missions", _MISSIONS, "what is remembered"),
        KeySpec(
            "include",
            ListType(IncludeType(), min_items=1),
            "more files with missions: paths or patterns such as schedule/*.yaml",
        ),
        KeySpec(
            "quiet_days",
            ListType(CalendarDateType()),
            "days on which nothing is posted, each in the account's zone",
        ),
        KeySpec("defaults", DEFAULTS, "what applies unless an account or event says otherwise"),
        KeySpec(
            "accounts", MappingListType(ACCOUNT, "name"), "who posts; with none, a local timeline"
        ),
    ),
    finish.finish_values,
    any_of=("missions", "include"),
    elsewhere={key.name: "a mission, below `missions:`" for key in MISSION.keys}
    | {key.name: "`defaults`" for key in DEFAULTS.keys},
)


class IncludedType(RecordType[dict[str, Any]]):
    """A file that a schedule includes."""

    def describe_unknown_key(self, name: str) -> str:
        """As for any mapping; of the schedule's other keys, where they belong."""
        if any(key.name == name for key in SCHEDULE.keys):
            return f"`{name}` belongs in the schedule itself; {self.noun} holds `missions` only"
        return super().describe_unknown_key(name)


INCLUDED = IncludedType(
    "an included file",
    (KeySpec("missions", _MISSIONS, "what is remembered", required=True),),
    finish.finish_values,
)

KEY_TABLES: dict[str, RecordType[Any]] = {
    "schedule": SCHEDULE,
    "defaults": DEFAULTS,
    "accounts": ACCOUNT,
    "missions": MISSION,
    "events": EVENT,
    "approved": APPROVED,
    "picture": PICTURE,
    "links": LINK,
    "counter": COUNTER,
    "flyby": FLYBY,
    "place": PLACE,
    "sources": SOURCE,
    "texts": TURN_TEXT,
    "translations": TRANSLATION,
}
"""Every table of keys, by where it stands in the file."""
