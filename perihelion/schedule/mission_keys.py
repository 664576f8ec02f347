"""The keys of a mission."""

from __future__ import annotations

from perihelion.schedule import finish_replay
from perihelion.schedule.event_keys import EVENT
from perihelion.schedule.event_parts import PLACE
from perihelion.schedule.key_types import (
    ADVICE_OFF,
    ADVICE_OFF_DESCRIPTION,
    KIND_DESCRIPTION,
    LATE_DESCRIPTION,
    LATE_POLICY,
    LEAP_DAY,
    LEAP_DAY_DESCRIPTION,
    LINE_LIST,
    LOCAL_NAMES,
    MILESTONES,
    MILESTONES_DESCRIPTION,
    OBSERVE,
    OBSERVE_DESCRIPTION,
    PLACE_DESCRIPTION,
    SINGLE_LINE,
    TAG_LIST,
    TAGS_DESCRIPTION,
    TIME_ZONE,
    TIME_ZONE_DESCRIPTION,
    YEARS,
    YEARS_DESCRIPTION,
)
from perihelion.schedule.list_types import MappingListType
from perihelion.schedule.mapping_types import KeySpec, RecordType
from perihelion.schedule.patterns import ID, KIND
from perihelion.schedule.replay_keys import MISSION_REPLAY_KEYS

MISSION = RecordType(
    "a mission",
    (
        KeySpec("id", ID, "a permanent name, unique in all files", required=True),
        KeySpec("name", SINGLE_LINE, "its name for readers", required=True, also_called=("title",)),
        KeySpec(
            "names",
            LOCAL_NAMES,
            "its name in the languages that call it otherwise",
        ),
        KeySpec("agencies", LINE_LIST, "who flew it"),
        KeySpec("tags", TAG_LIST, TAGS_DESCRIPTION + ", for all of its events"),
        KeySpec("zone", TIME_ZONE, TIME_ZONE_DESCRIPTION + "; for events that name none"),
        KeySpec("kind", KIND, KIND_DESCRIPTION + "; for events that name none"),
        KeySpec("leap_day", LEAP_DAY, LEAP_DAY_DESCRIPTION + "; for events that do not say"),
        KeySpec("late", LATE_POLICY, LATE_DESCRIPTION + "; for events that do not say"),
        KeySpec("place", PLACE, PLACE_DESCRIPTION + "; for events that do not say"),
        KeySpec(
            "milestones",
            MILESTONES,
            MILESTONES_DESCRIPTION + ": sols and Mars years from `landing`, others from `launch`",
        ),
        KeySpec("advice_off", ADVICE_OFF, ADVICE_OFF_DESCRIPTION + ", for all of its events"),
        *MISSION_REPLAY_KEYS,
        KeySpec("observe", OBSERVE, OBSERVE_DESCRIPTION + "; for events that do not say"),
        KeySpec("years", YEARS, YEARS_DESCRIPTION + "; for events that do not say"),
        KeySpec("events", MappingListType(EVENT, "id"), "what happened in it"),
    ),
    finish_replay.finish_replayed_mission,
    elsewhere={key.name: "an event, below `events:`" for key in EVENT.keys},
)
