"""The keys of the defaults and of an account."""

from __future__ import annotations

from perihelion.model.accounts import EmojiRule, LinkRule, UntranslatedRule
from perihelion.model.moments import DayZone
from perihelion.schedule import finish
from perihelion.schedule.key_types import (
    ACCOUNT_ZONE_DESCRIPTION,
    CARD_RULE,
    CARDS_DESCRIPTION,
    DAILY_CAP,
    DAILY_CAP_DESCRIPTION,
    IMPORTANCE_LIST,
    LATE_DESCRIPTION,
    LATE_POLICY,
    LEAP_DAY,
    LEAP_DAY_DESCRIPTION,
    MEMORIAL_RULE,
    MEMORIAL_RULE_DESCRIPTION,
    POST_AT_DESCRIPTION,
    POSTING_TIMES,
    QUIET_HOURS,
    QUIET_HOURS_DESCRIPTION,
    REPEAT_WINDOW,
    REPEAT_WINDOW_DESCRIPTION,
    REQUIRES,
    REQUIRES_DESCRIPTION,
    SINGLE_LINE,
    SPACING,
    SPACING_DESCRIPTION,
    TIME_ZONE,
    TO_THE_MINUTE_DESCRIPTION,
    UNAPPROVED,
    UNAPPROVED_DESCRIPTION,
    YEARS,
    YEARS_DESCRIPTION,
)
from perihelion.schedule.mapping_types import KeySpec, MappingType, RecordType
from perihelion.schedule.patterns import LANGUAGE, NAME, NETWORK, OPTION
from perihelion.schedule.replay_keys import ACCOUNT_REPLAY_KEY
from perihelion.schedule.scalar_types import EnumType

_OPTIONS_EXPECTED = "a mapping of options, such as {visibility: unlisted}"
_UNTRANSLATED = EnumType(UntranslatedRule)
_UNTRANSLATED_DESCRIPTION = (
    "what an account does with events that are not in its language: skip, or original"
)
_EMOJI = EnumType(EmojiRule)
_EMOJI_DESCRIPTION = "whether posts begin with an emoji: none, or kind (one for the kind of event)"

DEFAULTS = RecordType(
    "the defaults",
    (
        KeySpec("post_at", POSTING_TIMES, POST_AT_DESCRIPTION, default="15:00"),
        KeySpec("spacing", SPACING, SPACING_DESCRIPTION, default="20m"),
        KeySpec("quiet_hours", QUIET_HOURS, QUIET_HOURS_DESCRIPTION),
        KeySpec("to_the_minute", IMPORTANCE_LIST, TO_THE_MINUTE_DESCRIPTION),
        KeySpec("years", YEARS, YEARS_DESCRIPTION, default="every"),
        KeySpec("on_memorial_days", MEMORIAL_RULE, MEMORIAL_RULE_DESCRIPTION, default="move"),
        KeySpec("timezone", TIME_ZONE, ACCOUNT_ZONE_DESCRIPTION, default="UTC"),
        KeySpec("leap_day", LEAP_DAY, LEAP_DAY_DESCRIPTION, default="feb-28"),
        KeySpec("late", LATE_POLICY, LATE_DESCRIPTION, default="same-day"),
        KeySpec("max_per_day", DAILY_CAP, DAILY_CAP_DESCRIPTION, default=3),
        KeySpec("language", LANGUAGE, "the language that events are written in", default="en"),
        KeySpec("untranslated", _UNTRANSLATED, _UNTRANSLATED_DESCRIPTION, default="original"),
        KeySpec("repeat_window", REPEAT_WINDOW, REPEAT_WINDOW_DESCRIPTION, default="300d"),
        KeySpec("cards", CARD_RULE, CARDS_DESCRIPTION, default="great"),
        KeySpec("emoji", _EMOJI, _EMOJI_DESCRIPTION, default="none"),
        KeySpec("requires", REQUIRES, REQUIRES_DESCRIPTION, default="nothing"),
        KeySpec("unapproved", UNAPPROVED, UNAPPROVED_DESCRIPTION, default="hold"),
    ),
    finish.finish_defaults,
)

ACCOUNT = RecordType(
    "an account",
    (
        KeySpec(
            "network",
            NETWORK,
            "the network it is on, such as mastodon",
            required=True,
            also_called=("platform", "service", "type"),
        ),
        KeySpec(
            "name", NAME, "its own name, unique; in capitals it begins its environment variables"
        ),
        KeySpec("language", LANGUAGE, "the language it posts in"),
        KeySpec("untranslated", _UNTRANSLATED, _UNTRANSLATED_DESCRIPTION),
        KeySpec("repeat_window", REPEAT_WINDOW, REPEAT_WINDOW_DESCRIPTION),
        KeySpec(
            "links",
            EnumType(LinkRule),
            "when its posts have a link: always, room (where there is room) or never",
        ),
        KeySpec("timezone", TIME_ZONE, ACCOUNT_ZONE_DESCRIPTION),
        KeySpec("post_at", POSTING_TIMES, POST_AT_DESCRIPTION),
        KeySpec("spacing", SPACING, SPACING_DESCRIPTION),
        KeySpec("quiet_hours", QUIET_HOURS, QUIET_HOURS_DESCRIPTION),
        KeySpec("to_the_minute", IMPORTANCE_LIST, TO_THE_MINUTE_DESCRIPTION),
        KeySpec("years", YEARS, YEARS_DESCRIPTION),
        KeySpec("on_memorial_days", MEMORIAL_RULE, MEMORIAL_RULE_DESCRIPTION),
        KeySpec("max_per_day", DAILY_CAP, DAILY_CAP_DESCRIPTION),
        KeySpec("cards", CARD_RULE, CARDS_DESCRIPTION),
        KeySpec("emoji", _EMOJI, _EMOJI_DESCRIPTION),
        KeySpec("requires", REQUIRES, REQUIRES_DESCRIPTION),
        KeySpec("unapproved", UNAPPROVED, UNAPPROVED_DESCRIPTION),
        KeySpec("days", EnumType(DayZone), "whose zone decides an event's day", default="event"),
        ACCOUNT_REPLAY_KEY,
        KeySpec(
            "options",
            MappingType(OPTION, SINGLE_LINE, _OPTIONS_EXPECTED, finish.finish_options),
            "what only its network knows, such as a visibility",
        ),
    ),
    finish.finish_account,
)
