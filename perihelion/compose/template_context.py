"""What templates may say about an anniversary. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import regex

from perihelion.compose.date_context import build_date_context
from perihelion.compose.entities import find_hashtags
from perihelion.compose.phrases import format_number
from perihelion.compose.sentences import list_unnamed, names_subject
from perihelion.compose.text_fitting import normalize_text
from perihelion.model.accounts import EmojiRule, LinkRule
from perihelion.model.units import MARS_YEAR_SOLS, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perihelion.compose.localized_text import LocalizedText
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event

_BEGINNING = 36
"""How far into a title it must say whom it is about: "50 years ago today: " may stand before."""

_TURNS = 5040
"""Many numbers divide it: whatever takes turns with the years begins at another place by event."""

_NON_TAG_CHARACTERS = regex.compile(r"[^\p{L}\p{M}\p{N}_]+")


def build_template_context(  # noqa: PLR0913 - what is said depends on all of these
    anniversary: Anniversary,
    account: Account,
    localized: LocalizedText,
    credit: str = "",
    *,
    at_the_minute: bool = False,
    link_rule: LinkRule = LinkRule.ROOM,
    several_tags: bool = True,
    days_late: int = 0,
) -> Mapping[str, object]:
    """Everything a template may use, as plain values; docs/templates.md explains each.

    `credit` is that of the pictures which go with the post; `at_the_minute` says that the post
    leaves at the very minute of the anniversary, `days_late` how long after its day; `link_rule`
    holds where the account has none; `several_tags` says that the network wants more than one.
    """
    event = anniversary.event
    language = localized.language
    title, mission = clean_line(localized.title), clean_line(event.mission.name_in(language))
    people = _clean_lines(localized.people)
    rule = account.links or link_rule
    links = () if rule is LinkRule.NEVER else _clean_lines(link.url for link in event.links)
    return {
        "title": title,
        "lead": clean_line(localized.lead),
        "text": localized.choose_text(anniversary.count),
        "story": localized.mark_story(anniversary.count),
        "people": people,
        "others": list_unnamed(people, localized.all_words),
        "links": links,
        "link_stays": rule is LinkRule.ALWAYS,
        "now": normalize_text(localized.now),
        "tags": _collect_hashtags(event),
        "several_tags": several_tags,
        "mentions": _list_unnamed_handles(event.handles_on(account.network), localized),
        "kind": event.kind,
        "mission": mission,
        "names_subject": names_subject(title[:_BEGINNING], mission, people),
        "agencies": _clean_lines(event.mission.agencies),
        "credit": clean_line(credit),
        "count": anniversary.count,
        "counted": anniversary.is_counted,
        "number": format_number(anniversary.count, language),
        "unit": anniversary.spoken_unit.value,
        "sols": _count_sols(anniversary),
        "turn": anniversary.count + crc32(event.full_id.encode()) % _TURNS,
        "odd_day": anniversary.day.toordinal() % 2 == 1,
        "moved": anniversary.moved or days_late > 0,
        "days_late": days_late,
        "day_number": anniversary.day_count.number if anniversary.day_count else None,
        "day_total": anniversary.day_count.total if anniversary.day_count else None,
        "at_the_minute": at_the_minute,
        "emoji": account.emoji is EmojiRule.KIND,
        "account": account.name,
        "network": account.network,
        "language": language,
        **build_date_context(anniversary, account, language),
    }


def _count_sols(anniversary: Anniversary) -> int | None:
    """The whole sols of an anniversary that is counted by the clocks of Mars; None for others."""
    if anniversary.unit is Unit.MARS_YEARS:
        return int(anniversary.count * MARS_YEAR_SOLS)
    return anniversary.count if anniversary.unit is Unit.SOLS else None


def _collect_hashtags(event: Event) -> tuple[str, ...]:
    """The event's tags, then its mission's, each once and ready to post: `#ApolloSoyuz`."""
    written = (f"#{_NON_TAG_CHARACTERS.sub('', tag)}" for tag in (*event.tags, *event.mission.tags))
    return tuple(dict.fromkeys(tag for tag in _clean_lines(written) if find_hashtags(tag)))


def _list_unnamed_handles(handles: tuple[str, ...], localized: LocalizedText) -> tuple[str, ...]:
    """Those of `handles` that the event's own words do not name."""
    words = localized.all_words.casefold()
    return tuple(handle for handle in handles if handle.casefold() not in words)


def _clean_lines(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for line in map(clean_line, values) if line)


def clean_line(value: str) -> str:
    """`value` on one line, normalized, with single spaces."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip()
    return " ".join(normalize_text(value).split())
