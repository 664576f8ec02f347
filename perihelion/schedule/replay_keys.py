"""The keys of replays: what a mission, an account and an event say about them."""

from __future__ import annotations

from enum import StrEnum

from perihelion.model.year_rules import EVERY_YEAR, NO_YEARS
from perihelion.schedule import finish_replay
from perihelion.schedule.key_types import MULTILINE
from perihelion.schedule.list_types import BoundedListType
from perihelion.schedule.mapping_types import KeySpec, RecordType
from perihelion.schedule.patterns import ID
from perihelion.schedule.scalar_types import EnumType
from perihelion.schedule.years_type import YearsRuleType


class Only(StrEnum):
    """Where alone an event is remembered."""

    REPLAY = "replay"


COUNTER = RecordType(
    "a counter",
    (
        KeySpec("from", ID, "the event of the mission that begins Day 1", required=True),
        KeySpec("to", ID, "the event of the mission that ends the last day", required=True),
    ),
    finish_replay.finish_counter,
)


class Threads(StrEnum):
    """Which posts of a mission answer each other."""

    NONE = "none"
    SAME_DAY = "same-day"


_PARTS = BoundedListType(MULTILINE, "a part", finish_replay.MAX_PARTS)

MISSION_REPLAY_KEYS = (
    KeySpec(
        "threads",
        EnumType(Threads),
        "same-day: its posts of one day answer each other",
        default="none",
    ),
    KeySpec(
        "replay",
        YearsRuleType(),
        "how many years later its events are told again, each at its instant, in one thread: "
        "every, round (the first and each fifth), or a list of numbers",
    ),
    KeySpec("counter", COUNTER, "between which events a replay counts the days of the mission"),
)

ACCOUNT_REPLAY_KEY = KeySpec(
    "replays",
    YearsRuleType({"true": EVERY_YEAR, "false": NO_YEARS}),
    "whether it takes part in replays: true, false, or those of how many years",
    default="true",
)

EVENT_REPLAY_KEYS = (
    KeySpec("now", MULTILINE, "what a replay says of it, in the present tense"),
    KeySpec("parts", _PARTS, "what further posts tell, each an answer to the one before"),
    KeySpec(
        "only",
        EnumType(Only),
        "replay: it belongs to the replay of its mission alone, and has no anniversary",
    ),
)

TRANSLATION_REPLAY_KEYS = (
    KeySpec("now", MULTILINE, "what a replay says in that language"),
    KeySpec("parts", _PARTS, "what further posts tell in that language"),
)
