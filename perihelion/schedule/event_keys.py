"""The keys of an event, and of the mappings in it."""

from __future__ import annotations

from perihelion.model.cards import CardChoice
from perihelion.model.moments import Clock, CountMode, Tone
from perihelion.model.sources import Source, Supports
from perihelion.schedule import finish, finish_event
from perihelion.schedule.flyby_keys import FLYBY
from perihelion.schedule.instant_type import DateOrInstantType, DateType, MonthType
from perihelion.schedule.key_types import (
    ADVICE_OFF,
    ADVICE_OFF_DESCRIPTION,
    IMPORTANCE,
    KIND_DESCRIPTION,
    LATE_DESCRIPTION,
    LATE_POLICY,
    LEAP_DAY,
    LEAP_DAY_DESCRIPTION,
    LINE_LIST,
    LOCAL_NAMES,
    MILESTONES,
    MILESTONES_DESCRIPTION,
    MULTILINE,
    PLACE_DESCRIPTION,
    SINGLE_LINE,
    TAG_LIST,
    TAGS_DESCRIPTION,
    TIME_ZONE,
    TIME_ZONE_DESCRIPTION,
    YEARS,
    YEARS_DESCRIPTION,
)
from perihelion.schedule.lead_type import LeadType
from perihelion.schedule.list_types import BoundedListType, ListType
from perihelion.schedule.mapping_types import KeySpec, MappingType, RecordType, TextOrRecordType
from perihelion.schedule.milestone_types import PeriodType
from perihelion.schedule.observe_type import ObserveType
from perihelion.schedule.patterns import (
    COORDINATES,
    FILE,
    FOCUS,
    HANDLE,
    ID,
    KIND,
    LANGUAGE,
    NAME,
    URL,
)
from perihelion.schedule.replay_keys import EVENT_REPLAY_KEYS, TRANSLATION_REPLAY_KEYS
from perihelion.schedule.scalar_types import EnumType, IntegerType

_MENTIONS_EXPECTED = 'a mapping of networks, such as {x: "@NASA"}'
_TRANSLATIONS_EXPECTED = "a mapping of languages, such as {de: {title: ...}}"

PICTURE = RecordType(
    "a picture",
    (
        KeySpec("file", FILE, "its path, seen from the schedule's folder", required=True),
        KeySpec("alt", MULTILINE, "what it shows, for people who cannot see it", required=True),
        KeySpec("credit", SINGLE_LINE, "who made it", required=True),
        KeySpec("licence", SINGLE_LINE, "under which licence it may be used"),
        KeySpec("focus", FOCUS, "the point that stays in view where a network crops it: x, y"),
    ),
    finish_event.finish_picture,
)

LINK = RecordType(
    "a link",
    (
        KeySpec("url", URL, "where it leads (https or http)", required=True),
        KeySpec("title", SINGLE_LINE, "its name for readers"),
    ),
    finish_event.finish_link,
)

SOURCE = RecordType(
    "a source",
    (
        KeySpec("title", SINGLE_LINE, "the page's or document's name", required=True),
        KeySpec("url", URL, "its address"),
        KeySpec("supports", EnumType(Supports), "what it supports, if not both date and claim"),
        KeySpec("read", DateType(), "when somebody read it"),
    ),
    finish_event.finish_source,
)

_SOURCE = TextOrRecordType(SINGLE_LINE, SOURCE, Source)

_LINK = TextOrRecordType(URL, LINK, finish_event.make_link)

PLACE = RecordType(
    "a place",
    (
        KeySpec("name", SINGLE_LINE, "its name, such that it can follow “in”", required=True),
        KeySpec("zone", TIME_ZONE, "its IANA zone", required=True),
        KeySpec(
            "names",
            LOCAL_NAMES,
            "its name in other languages, where it differs",
        ),
        KeySpec("day", DateType(), "the date there, if `at` has no time and it is another day"),
        KeySpec("coordinates", COORDINATES, "latitude, longitude: cards show it on the globe"),
    ),
    finish_event.finish_place,
)

TURN_TEXT = RecordType(
    "a text",
    (
        KeySpec("text", MULTILINE, "the text", required=True),
        KeySpec("for", IntegerType(1, 1000), "the only anniversary that it is for, such as 50"),
    ),
    finish_event.finish_turn_text,
)

_LEAD = LeadType()
_TEXT = TextOrRecordType(MULTILINE, TURN_TEXT, finish_event.make_turn_text)
_TEXTS = ListType(_TEXT, min_items=1)

TRANSLATION = RecordType(
    "a translation",
    (
        KeySpec("title", SINGLE_LINE, "the title in that language"),
        KeySpec("lead", _LEAD, "the first sentence in that language, with {ago}"),
        KeySpec("text", MULTILINE, "the text in that language"),
        KeySpec("texts", _TEXTS, "more texts in that language, which take turns"),
        KeySpec("short", MULTILINE, "the short text in that language"),
        KeySpec("long", MULTILINE, "the long text in that language"),
        KeySpec("people", LINE_LIST, "the people as that language writes their names"),
        *TRANSLATION_REPLAY_KEYS,
        KeySpec("alt", MULTILINE, "the only picture's alt text in that language"),
        KeySpec(
            "alts",
            BoundedListType(MULTILINE, "an alt text", finish_event.MAX_PICTURES),
            "the alt texts of several pictures in that language, one for each, in their order",
        ),
    ),
    finish_event.finish_translation,
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
        KeySpec("title", SINGLE_LINE, "what happened, in one line", required=True),
        KeySpec(
            "sources",
            ListType(_SOURCE, min_items=1),
            "at least one link or document that records it",
            required=True,
        ),
        KeySpec("zone", TIME_ZONE, TIME_ZONE_DESCRIPTION, default="UTC"),
        KeySpec("clock", EnumType(Clock), "whose time `at` is, where a signal takes long"),
        KeySpec("kind", KIND, KIND_DESCRIPTION, default="event"),
        KeySpec("lead", _LEAD, "its own first sentence, with {ago} for how long ago it was"),
        KeySpec("text", MULTILINE, "a few sentences more"),
        KeySpec("texts", _TEXTS, "more texts, which take turns with `text` from year to year"),
        KeySpec("short", MULTILINE, "what is said where the text does not fit"),
        KeySpec("long", MULTILINE, "what is said instead of `text` where there is room"),
        *EVENT_REPLAY_KEYS,
        KeySpec("people", LINE_LIST, "who took part"),
        KeySpec("links", ListType(_LINK), "where readers find more"),
        KeySpec("listen", ListType(_LINK), "where the moment itself can be heard or seen"),
        KeySpec("read", ListType(_LINK), "where its transcript or its notes can be read"),
        KeySpec("tags", TAG_LIST, TAGS_DESCRIPTION),
        KeySpec("picture", PICTURE, "a picture for the post"),
        KeySpec(
            "pictures",
            BoundedListType(PICTURE, "a picture", finish_event.MAX_PICTURES),
            "one to four pictures for the post, the most telling first; instead of `picture`",
        ),
        KeySpec(
            "card",
            EnumType(CardChoice),
            "how its card looks, or none; by default, as the anniversary asks for",
        ),
        KeySpec(
            "mentions",
            MappingType(
                NAME,
                ListType(HANDLE, min_items=1),
                _MENTIONS_EXPECTED,
                finish_event.finish_mentions,
            ),
            "whom its posts may mention, and so notify, by network; nobody otherwise",
        ),
        KeySpec("leap_day", LEAP_DAY, LEAP_DAY_DESCRIPTION),
        KeySpec("late", LATE_POLICY, LATE_DESCRIPTION),
        KeySpec("years", YEARS, YEARS_DESCRIPTION),
        KeySpec(
            "observe",
            ObserveType(),
            "on the day, at the instant itself (to-the-minute), or on the day that a rule gives",
        ),
        KeySpec(
            "count",
            EnumType(CountMode),
            "what its yearly posts count: years, or none if only the day is remembered",
            default="years",
        ),
        KeySpec(
            "tone",
            EnumType(Tone),
            "plain, or memorial: never left out, and alone on its day",
            default="plain",
        ),
        KeySpec(
            "importance",
            IMPORTANCE,
            "1 (a footnote) to 5 (everybody's history, never left out)",
            default=3,
        ),
        KeySpec("milestones", MILESTONES, MILESTONES_DESCRIPTION),
        KeySpec("place", PLACE, PLACE_DESCRIPTION),
        KeySpec(
            "holds",
            MonthType(),
            "when a claim that may stop being true was last checked (yyyy-mm)",
        ),
        KeySpec("flyby", FLYBY, "how low and how fast it flew by: its card shows the path"),
        KeySpec("period", PeriodType(), "how long one orbit takes, for milestones of orbits"),
        KeySpec(
            "translations",
            MappingType(LANGUAGE, TRANSLATION, _TRANSLATIONS_EXPECTED, finish.finish_pairs),
            "its words in other languages",
        ),
        KeySpec("advice_off", ADVICE_OFF, ADVICE_OFF_DESCRIPTION),
    ),
    finish_event.finish_event,
    exclusive_keys=("picture", "pictures"),
)
