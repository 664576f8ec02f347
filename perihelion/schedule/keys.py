"""Every key of schedule.yaml, once: the loader, the JSON Schema and the docs' test read these."""

from __future__ import annotations

from typing import Any

from perihelion.model.moments import Days, LeapDay, Observe
from perihelion.schedule import drafts
from perihelion.schedule.instants import At
from perihelion.schedule.lists import Few, Records, Several
from perihelion.schedule.records import Either, Key, Mapping, Record
from perihelion.schedule.shapes import Clock, Lateness, Number, OneOf, Text
from perihelion.schedule.words import FILE, FOCUS, ID, KIND, LANGUAGE, NAME, OPTION, TAG, URL
from perihelion.schedule.zones import Zone

_LINE = Text()
_PROSE = Text(lines=True)
_LINES = Several(_LINE)
_TAGS = Several(TAG)
_LEAP_DAY = OneOf(LeapDay)
_LATE = Lateness()
_ZONE = Zone()
_CLOCK = Clock()
_CAP = Number(1, 1000)

_LATE_ABOUT = "how long after its time a post may still go out: same-day, or as 90m, 6h, 2d"
_LEAP_ABOUT = "when common years observe 29 February: feb-28, mar-1, or leap-years (not at all)"
_POST_AT_ABOUT = "when an account posts, in its own zone (hh:mm)"
_ACCOUNT_ZONE_ABOUT = "an account's IANA time zone: what `post_at` and the end of a day mean"
_CAP_ABOUT = "how many anniversaries an account posts in a day at most; the best ones"
_ZONE_ABOUT = "the IANA zone in which the event's day, and a local time in `at`, are read"
_KIND_ABOUT = "what kind of event it is, such as launch: chooses the template"
_TAGS_ABOUT = "hashtags, without the #"
_OPTIONS_WANTED = "a mapping of options, such as {visibility: unlisted}"
_TRANSLATIONS_WANTED = "a mapping of languages, such as {de: {title: ...}}"

DEFAULTS = Record(
    "the defaults",
    (
        Key("post_at", _CLOCK, _POST_AT_ABOUT, default="15:00"),
        Key("timezone", _ZONE, _ACCOUNT_ZONE_ABOUT, default="UTC"),
        Key("leap_day", _LEAP_DAY, _LEAP_ABOUT, default="feb-28"),
        Key("late", _LATE, _LATE_ABOUT, default="same-day"),
        Key("max_per_day", _CAP, _CAP_ABOUT, default=3),
        Key("language", LANGUAGE, "the language that events are written in", default="en"),
    ),
    drafts.values,
)

ACCOUNT = Record(
    "an account",
    (
        Key("network", NAME, "the network it is on, such as mastodon", required=True),
        Key("name", NAME, "its own name, unique; in capitals it begins its environment variables"),
        Key("language", LANGUAGE, "the language it posts in"),
        Key("timezone", _ZONE, _ACCOUNT_ZONE_ABOUT),
        Key("post_at", _CLOCK, _POST_AT_ABOUT),
        Key("max_per_day", _CAP, _CAP_ABOUT),
        Key("days", OneOf(Days), "in whose zone an event's day is read", default="event"),
        Key(
            "options",
            Mapping(OPTION, _LINE, _OPTIONS_WANTED, drafts.options),
            "what only its network knows, such as a visibility",
        ),
    ),
    drafts.account,
)

PICTURE = Record(
    "a picture",
    (
        Key("file", FILE, "its path, seen from the schedule's folder", required=True),
        Key("alt", _PROSE, "what it shows, for people who cannot see it", required=True),
        Key("credit", _LINE, "who made it", required=True),
        Key("licence", _LINE, "under which licence it may be used"),
        Key("focus", FOCUS, "the point that stays in view where a network crops it: x, y"),
    ),
    drafts.picture,
)

LINK = Record(
    "a link",
    (
        Key("url", URL, "where it leads (https or http)", required=True),
        Key("title", _LINE, "its name for readers"),
    ),
    drafts.link,
)

_LINK = Either(URL, LINK, drafts.address)

TRANSLATION = Record(
    "a translation",
    (
        Key("title", _LINE, "the title in that language"),
        Key("text", _PROSE, "the text in that language"),
        Key("alt", _PROSE, "the only picture's alt text in that language"),
        Key(
            "alts",
            Few(_PROSE, "an alt text", drafts.MOST_PICTURES),
            "the alt texts of several pictures in that language, one for each, in their order",
        ),
    ),
    drafts.translation,
    apart=("alt", "alts"),
)

EVENT = Record(
    "an event",
    (
        Key("id", ID, "its name for ever, unique in its mission", required=True),
        Key("at", At(), "when it happened, as exactly as its source says", required=True),
        Key("title", _LINE, "what happened, in one line", required=True),
        Key(
            "sources",
            Several(_LINE, at_least=1),
            "where this is recorded: links or names of documents, at least one",
            required=True,
        ),
        Key("zone", _ZONE, _ZONE_ABOUT, default="UTC"),
        Key("kind", KIND, _KIND_ABOUT, default="event"),
        Key("text", _PROSE, "a few sentences more"),
        Key("people", _LINES, "who took part"),
        Key("links", Several(_LINK), "where readers find more"),
        Key("tags", _TAGS, _TAGS_ABOUT),
        Key("picture", PICTURE, "a picture for the post"),
        Key(
            "pictures",
            Few(PICTURE, "a picture", drafts.MOST_PICTURES),
            "one to four pictures for the post, the most telling first; instead of `picture`",
        ),
        Key("leap_day", _LEAP_DAY, _LEAP_ABOUT),
        Key("late", _LATE, _LATE_ABOUT),
        Key("observe", OneOf(Observe), "on the day, or at the instant itself", default="day"),
        Key("importance", Number(1, 5), "1 (a footnote) to 5 (everybody's history)", default=3),
        Key(
            "translations",
            Mapping(LANGUAGE, TRANSLATION, _TRANSLATIONS_WANTED, drafts.pairs),
            "its words in other languages",
        ),
    ),
    drafts.event,
    apart=("picture", "pictures"),
)

MISSION = Record(
    "a mission",
    (
        Key("id", ID, "its name for ever, unique in the file", required=True),
        Key("name", _LINE, "its name for readers", required=True),
        Key("agencies", _LINES, "who flew it"),
        Key("tags", _TAGS, _TAGS_ABOUT + ", for all of its events"),
        Key("zone", _ZONE, _ZONE_ABOUT + "; for events that name none"),
        Key("kind", KIND, _KIND_ABOUT + "; for events that name none"),
        Key("leap_day", _LEAP_DAY, _LEAP_ABOUT + "; for events that do not say"),
        Key("late", _LATE, _LATE_ABOUT + "; for events that do not say"),
        Key("events", Records(EVENT, "id"), "what happened in it"),
    ),
    drafts.mission,
)

SCHEDULE = Record(
    "the schedule",
    (
        Key("missions", Records(MISSION, "id"), "what is remembered", required=True),
        Key("defaults", DEFAULTS, "what holds where an account or event says nothing else"),
        Key("accounts", Records(ACCOUNT, "name"), "who posts; with none, a local timeline"),
    ),
    drafts.values,
)

TABLES: dict[str, Record[Any]] = {
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
