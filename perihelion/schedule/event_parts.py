"""The keys of what stands in an event: pictures, links, sources, a place, texts, translations."""

from __future__ import annotations

from perihelion.model.sources import Source, Supports
from perihelion.schedule import finish_event
from perihelion.schedule.instant_type import DateType
from perihelion.schedule.key_types import (
    LINE_LIST,
    LOCAL_NAMES,
    MULTILINE,
    SINGLE_LINE,
    TIME_ZONE,
)
from perihelion.schedule.lead_type import LeadType
from perihelion.schedule.list_types import BoundedListType, ListType
from perihelion.schedule.mapping_types import KeySpec, RecordType
from perihelion.schedule.patterns import COORDINATES, FILE, FOCUS, URL
from perihelion.schedule.replay_keys import TRANSLATION_REPLAY_KEYS
from perihelion.schedule.scalar_types import EnumType, IntegerType
from perihelion.schedule.text_or_record_type import TextOrRecordType

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

SOURCE_OR_TITLE = TextOrRecordType(SINGLE_LINE, SOURCE, Source)

LINK_OR_URL = TextOrRecordType(URL, LINK, finish_event.make_link)

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

LEAD = LeadType()
TEXT_OR_TURN = TextOrRecordType(MULTILINE, TURN_TEXT, finish_event.make_turn_text)
TEXTS = ListType(TEXT_OR_TURN, min_items=1)

TRANSLATION = RecordType(
    "a translation",
    (
        KeySpec("title", SINGLE_LINE, "the title in that language"),
        KeySpec("lead", LEAD, "the first sentence in that language, with {ago}"),
        KeySpec("text", MULTILINE, "the text in that language"),
        KeySpec("texts", TEXTS, "more texts in that language, which take turns"),
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
