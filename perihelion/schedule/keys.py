"""Every key of schedule.yaml, once: the loader, the JSON Schema and the docs' test read these."""

from __future__ import annotations

from typing import Any

from perihelion.schedule import finish
from perihelion.schedule.account_keys import ACCOUNT, DEFAULTS
from perihelion.schedule.event_keys import EVENT, LINK, PICTURE, TRANSLATION
from perihelion.schedule.list_types import MappingListType
from perihelion.schedule.mapping_types import KeySpec, RecordType
from perihelion.schedule.mission_keys import MISSION

SCHEDULE = RecordType(
    "the schedule",
    (
        KeySpec("missions", MappingListType(MISSION, "id"), "what is remembered", required=True),
        KeySpec("defaults", DEFAULTS, "what applies unless an account or event says otherwise"),
        KeySpec(
            "accounts", MappingListType(ACCOUNT, "name"), "who posts; with none, a local timeline"
        ),
    ),
    finish.finish_values,
)

KEY_TABLES: dict[str, RecordType[Any]] = {
    "schedule": SCHEDULE,
    "defaults": DEFAULTS,
    "accounts": ACCOUNT,
    "missions": MISSION,
    "events": EVENT,
    "picture": PICTURE,
    "links": LINK,
    "translations": TRANSLATION,
}
"""Every table of keys, by where it stands in the file."""
