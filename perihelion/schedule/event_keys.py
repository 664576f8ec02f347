"""The keys of an event, and of the mappings in it."""

from __future__ import annotations

from perihelion.model.approvals import Review
from perihelion.model.cards import CardChoice
from perihelion.model.moments import Clock, CountMode, Tone
from perihelion.schedule import finish, finish_event
from perihelion.schedule.account_keys import ACCOUNT
from perihelion.schedule.approval_keys import APPROVED
from perihelion.schedule.event_parts import (
    LEAD,
    LINK_OR_URL,
    PICTURE,
    PLACE,
    SOURCE_OR_TITLE,
    TEXTS,
    TRANSLATION,
)
from perihelion.schedule.flyby_keys import FLYBY
from perihelion.schedule.instant_type import DateOrInstantType, MonthType
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
from perihelion.schedule.list_types import BoundedListType, ListType
from perihelion.schedule.mapping_types import KeySpec, MappingType, RecordType
from perihelion.schedule.milestone_types import PeriodType
from perihelion.schedule.observe_type import ObserveType
from perihelion.schedule.patterns import (
    HANDLE,
    ID,
    KIND,
    LANGUAGE,
    NAME,
)
from perihelion.schedule.replay_keys import EVENT_REPLAY_KEYS
from perihelion.schedule.scalar_types import EnumType

_MENTIONS_EXPECTED = 'a mapping of networks, such as {x: "@NASA"}'
_TRANSLATIONS_EXPECTED = "a mapping of languages, such as {de: {title: ...}}"

EVENT = RecordType(
    "an event",
    (
        KeySpec("id", ID, "a permanent name, unique in its mission", required=True),
        KeySpec(
            "at",
            DateOrInstantType(),
            "when it happened, as exactly as its source says",
            required=True,
            also_called=("date", "day", "time", "when"),
        ),
        KeySpec(
            "title",
            SINGLE_LINE,
            "what happened, in one line",
            required=True,
            also_called=("name", "headline"),
        ),
        KeySpec(
            "sources",
            ListType(SOURCE_OR_TITLE, min_items=1),
            "at least one link or document that records it",
            required=True,
        ),
        KeySpec(
            "zone",
            TIME_ZONE,
            TIME_ZONE_DESCRIPTION,
            default="UTC",
            also_called=("timezone", "time_zone"),
        ),
        KeySpec("clock", EnumType(Clock), "whose time `at` is, where a signal takes long"),
        KeySpec("kind", KIND, KIND_DESCRIPTION, default="event"),
        KeySpec("lead", LEAD, "its own first sentence, with {ago} for how long ago it was"),
        KeySpec(
            "text",
            MULTILINE,
            "a few sentences more",
            also_called=("body", "description", "summary"),
        ),
        KeySpec("texts", TEXTS, "more texts, which take turns with `text` from year to year"),
        KeySpec("short", MULTILINE, "what is said where the text does not fit"),
        KeySpec("long", MULTILINE, "what is said instead of `text` where there is room"),
        *EVENT_REPLAY_KEYS,
        KeySpec("people", LINE_LIST, "who took part", also_called=("crew", "astronauts")),
        KeySpec(
            "links",
            ListType(LINK_OR_URL),
            "where readers find more",
            also_called=("url", "website"),
        ),
        KeySpec("listen", ListType(LINK_OR_URL), "where the moment itself can be heard or seen"),
        KeySpec("read", ListType(LINK_OR_URL), "where its transcript or its notes can be read"),
        KeySpec("tags", TAG_LIST, TAGS_DESCRIPTION),
        KeySpec("picture", PICTURE, "a picture for the post", also_called=("image", "photo")),
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
        KeySpec("review", EnumType(Review), "needed: a person approves its posts first"),
        KeySpec("approved", APPROVED, "who has approved its words, in every language"),
        KeySpec("advice_off", ADVICE_OFF, ADVICE_OFF_DESCRIPTION),
    ),
    finish_event.finish_event,
    exclusive_keys=("picture", "pictures"),
    elsewhere={key.name: "an account or in `defaults`" for key in ACCOUNT.keys}
    | {key.name: "`picture`" for key in PICTURE.keys},
)
