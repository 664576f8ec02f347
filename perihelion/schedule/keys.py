"""Every key of schedule.yaml, once: the loader, the JSON Schema and the docs' test read these."""

from __future__ import annotations

from typing import Any

from perihelion.model.moments import DayZone, LeapDayRule, ObserveMode
from perihelion.schedule import finish
from perihelion.schedule.instant_type import DateOrInstantType
from perihelion.schedule.list_types import BoundedListType, ListType, MappingListType
from perihelion.schedule.mapping_types import KeySpec, MappingType, RecordType, TextOrRecordType
from perihelion.schedule.patterns import (
    FILE,
    FOCUS,
    HANDLE,
    ID,
    KIND,
    LANGUAGE,
    NAME,
    OPTION,
    TAG,
    URL,
)
from perihelion.schedule.scalar_types import (
    EnumType,
    IntegerType,
    LatePolicyType,
    TextType,
    TimeOfDayType,
)
from perihelion.schedule.time_zones import TimeZoneType

_SINGLE_LINE = TextType()
_MULTILINE = TextType(multiline=True)
_LINE_LIST = ListType(_SINGLE_LINE)
_TAG_LIST = ListType(TAG)
_LEAP_DAY = EnumType(LeapDayRule)
_LATE_POLICY = LatePolicyType()
_TIME_ZONE = TimeZoneType()
_TIME_OF_DAY = TimeOfDayType()
_DAILY_CAP = IntegerType(1, 1000)

_LATE_DESCRIPTION = "how long after its time a post may still go out: same-day, or as 90m, 6h, 2d"
_LEAP_DAY_DESCRIPTION = (
    "when common years observe 29 February: feb-28, mar-1, or leap-years (not at all)"
)
_POST_AT_DESCRIPTION = "when an account posts, in its own zone (hh:mm)"
_ACCOUNT_ZONE_DESCRIPTION = "an account's IANA time zone: what `post_at` and the end of a day mean"
_DAILY_CAP_DESCRIPTION = "how many anniversaries an account posts in a day at most; the best ones"
_TIME_ZONE_DESCRIPTION = (
    "the IANA zone in which the event's day, and a local time in `at`, are read"
)
_KIND_DESCRIPTION = "what kind of event it is, such as launch: chooses the template"
_TAGS_DESCRIPTION = "hashtags, without the #"
_OPTIONS_EXPECTED = "a mapping of options, such as {visibility: unlisted}"
_MENTIONS_EXPECTED = 'a mapping of networks, such as {x: "@NASA"}'
_TRANSLATIONS_EXPECTED = "a mapping of languages, such as {de: {title: ...}}"

DEFAULTS = RecordType(
    "the defaults",
    (
        KeySpec("post_at", _TIME_OF_DAY, _POST_AT_DESCRIPTION, default="15:00"),
        KeySpec("timezone", _TIME_ZONE, _ACCOUNT_ZONE_DESCRIPTION, default="UTC"),
        KeySpec("leap_day", _LEAP_DAY, _LEAP_DAY_DESCRIPTION, default="feb-28"),
        KeySpec("late", _LATE_POLICY, _LATE_DESCRIPTION, default="same-day"),
        KeySpec("max_per_day", _DAILY_CAP, _DAILY_CAP_DESCRIPTION, default=3),
        KeySpec("language", LANGUAGE, "the language that events are written in", default="en"),
    ),
    finish.finish_values,
)

ACCOUNT = RecordType(
    "an account",
    (
        KeySpec("network", NAME, "the network it is on, such as mastodon", required=True),
        KeySpec(
            "name", NAME, "its own name, unique; in capitals it begins its environment variables"
        ),
        KeySpec("language", LANGUAGE, "the language it posts in"),
        KeySpec("timezone", _TIME_ZONE, _ACCOUNT_ZONE_DESCRIPTION),
        KeySpec("post_at", _TIME_OF_DAY, _POST_AT_DESCRIPTION),
        KeySpec("max_per_day", _DAILY_CAP, _DAILY_CAP_DESCRIPTION),
        KeySpec("days", EnumType(DayZone), "whose zone decides an event's day", default="event"),
        KeySpec(
            "options",
            MappingType(OPTION, _SINGLE_LINE, _OPTIONS_EXPECTED, finish.finish_options),
            "what only its network knows, such as a visibility",
        ),
    ),
    finish.finish_account,
)

PICTURE = RecordType(
    "a picture",
    (
        KeySpec("file", FILE, "its path, seen from the schedule's folder", required=True),
        KeySpec("alt", _MULTILINE, "what it shows, for people who cannot see it", required=True),
        KeySpec("credit", _SINGLE_LINE, "who made it", required=True),
        KeySpec("licence", _SINGLE_LINE, "under which licence it may be used"),
        KeySpec("focus", FOCUS, "the point that stays in view where a network crops it: x, y"),
    ),
    finish.finish_picture,
)

LINK = RecordType(
    "a link",
    (
        KeySpec("url", URL, "where it leads (https or http)", required=True),
        KeySpec("title", _SINGLE_LINE, "its name for readers"),
    ),
    finish.finish_link,
)

_LINK = TextOrRecordType(URL, LINK, finish.make_link)

TRANSLATION = RecordType(
    "a translation",
    (
        KeySpec("title", _SINGLE_LINE, "the title in that language"),
        KeySpec("text", _MULTILINE, "the text in that language"),
        KeySpec("alt", _MULTILINE, "the only picture's alt text in that language"),
        KeySpec(
            "alts",
            BoundedListType(_MULTILINE, "an alt text", finish.MAX_PICTURES),
            "the alt texts of several pictures in that language, one for each, in their order",
        ),
    ),
    finish.finish_translation,
    exclusive_keys=("alt", "alts"),
)

EVENT = RecordType(
    "an event",
    (
        KeySpec("id", ID, "a permanent name, unique in its mission", required=True),
        KeySpec(
            "at",
            DateOrInstantType(),
            "when it happened, as exactly as its source says",
            required=True,
        ),
        KeySpec("title", _SINGLE_LINE, "what happened, in one line", required=True),
        KeySpec(
            "sources",
            ListType(_SINGLE_LINE, min_items=1),
            "at least one link or document that records it",
            required=True,
        ),
        KeySpec("zone", _TIME_ZONE, _TIME_ZONE_DESCRIPTION, default="UTC"),
        KeySpec("kind", KIND, _KIND_DESCRIPTION, default="event"),
        KeySpec("text", _MULTILINE, "a few sentences more"),
        KeySpec("people", _LINE_LIST, "who took part"),
        KeySpec("links", ListType(_LINK), "where readers find more"),
        KeySpec("tags", _TAG_LIST, _TAGS_DESCRIPTION),
        KeySpec("picture", PICTURE, "a picture for the post"),
        KeySpec(
            "pictures",
            BoundedListType(PICTURE, "a picture", finish.MAX_PICTURES),
            "one to four pictures for the post, the most telling first; instead of `picture`",
        ),
        KeySpec(
            "mentions",
            MappingType(
                NAME, ListType(HANDLE, min_items=1), _MENTIONS_EXPECTED, finish.finish_mentions
            ),
            "whom its posts may mention, and so notify, by network; nobody otherwise",
        ),
        KeySpec("leap_day", _LEAP_DAY, _LEAP_DAY_DESCRIPTION),
        KeySpec("late", _LATE_POLICY, _LATE_DESCRIPTION),
        KeySpec(
            "observe", EnumType(ObserveMode), "on the day, or at the instant itself", default="day"
        ),
        KeySpec(
            "importance", IntegerType(1, 5), "1 (a footnote) to 5 (everybody's history)", default=3
        ),
        KeySpec(
            "translations",
            MappingType(LANGUAGE, TRANSLATION, _TRANSLATIONS_EXPECTED, finish.finish_pairs),
            "its words in other languages",
        ),
    ),
    finish.finish_event,
    exclusive_keys=("picture", "pictures"),
)

MISSION = RecordType(
    "a mission",
    (
        KeySpec("id", ID, "a permanent name, unique in the file", required=True),
        KeySpec("name", _SINGLE_LINE, "its name for readers", required=True),
        KeySpec("agencies", _LINE_LIST, "who flew it"),
        KeySpec("tags", _TAG_LIST, _TAGS_DESCRIPTION + ", for all of its events"),
        KeySpec("zone", _TIME_ZONE, _TIME_ZONE_DESCRIPTION + "; for events that name none"),
        KeySpec("kind", KIND, _KIND_DESCRIPTION + "; for events that name none"),
        KeySpec("leap_day", _LEAP_DAY, _LEAP_DAY_DESCRIPTION + "; for events that do not say"),
        KeySpec("late", _LATE_POLICY, _LATE_DESCRIPTION + "; for events that do not say"),
        KeySpec("events", MappingListType(EVENT, "id"), "what happened in it"),
    ),
    finish.finish_mission,
)

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
