"""What templates may say about an anniversary, and in which language. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from perihelion.compose.date_context import build_date_context
from perihelion.compose.entities import find_hashtags
from perihelion.compose.text_fitting import normalize_text
from perihelion.model.units import MARS_YEAR_SOLS, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event, Translation

_NON_TAG_CHARACTERS = regex.compile(r"[^\p{L}\p{M}\p{N}_]+")


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """An event's words, all of them in one `language`."""

    language: str
    title: str
    text: str
    alts: tuple[str, ...] = ()
    """Of the event's pictures, in their order."""
    now: str = ""
    """What a replay says, in the present tense; empty for an anniversary."""


def choose_localized_text(
    event: Event,
    account: Account,
    language: str,
    has_templates: Callable[[str], bool],
    *,
    is_replay: bool = False,
) -> LocalizedText:
    """The account's language if the event and the templates both have it, else `language`.

    `language` is the schedule's own, `speaks` tells which languages have templates. A translation
    counts only if it is complete, so that no post ever mixes two languages. A replay takes `now`
    as well, if the event has one.
    """
    alts = tuple(picture.alt for picture in event.pictures)
    own = LocalizedText(language, event.title, event.text, alts, event.now if is_replay else "")
    if account.language == language or not has_templates(account.language):
        return own
    translated = dict(event.translations).get(account.language)
    if translated is None or not _is_translation_complete(translated, own):
        return own
    return LocalizedText(
        account.language,
        translated.title,
        translated.text if own.text else "",
        translated.alts if own.alts else (),
        translated.now if own.now else "",
    )


def build_template_context(
    anniversary: Anniversary, account: Account, localized: LocalizedText, credit: str = ""
) -> Mapping[str, object]:
    """Everything a template may use, as plain values; docs/templates.md explains each.

    `credit` is that of the pictures which go with the post.
    """
    event = anniversary.event
    return {
        "title": clean_line(localized.title),
        "text": normalize_text(localized.text),
        "now": normalize_text(localized.now),
        "people": _clean_lines(event.people),
        "links": _clean_lines(link.url for link in event.links),
        "tags": _collect_hashtags(event),
        "mentions": _list_unnamed_handles(event.handles_on(account.network), localized),
        "kind": event.kind,
        "mission": clean_line(event.mission.name),
        "agencies": _clean_lines(event.mission.agencies),
        "credit": clean_line(credit),
        "count": anniversary.count,
        "counted": anniversary.is_counted,
        "unit": anniversary.spoken_unit.value,
        "sols": _count_sols(anniversary),
        "moved": anniversary.moved,
        "day_number": anniversary.day_count.number if anniversary.day_count else None,
        "day_total": anniversary.day_count.total if anniversary.day_count else None,
        "account": account.name,
        "network": account.network,
        "language": localized.language,
        **build_date_context(anniversary, account, localized.language),
    }


def _count_sols(anniversary: Anniversary) -> int | None:
    """The whole sols of an anniversary that is counted by the clocks of Mars; None for others."""
    if anniversary.unit is Unit.MARS_YEARS:
        return int(anniversary.count * MARS_YEAR_SOLS)
    return anniversary.count if anniversary.unit is Unit.SOLS else None


def _is_translation_complete(translated: Translation, own: LocalizedText) -> bool:
    described = all(translated.alts) and len(translated.alts) == len(own.alts)
    return bool(
        translated.title
        and (translated.text or not own.text)
        and (translated.now or not own.now)
        and (described or not own.alts)
    )


def _collect_hashtags(event: Event) -> tuple[str, ...]:
    """The event's tags, then its mission's, each once and ready to post: `#ApolloSoyuz`."""
    written = (f"#{_NON_TAG_CHARACTERS.sub('', tag)}" for tag in (*event.tags, *event.mission.tags))
    return tuple(dict.fromkeys(tag for tag in _clean_lines(written) if find_hashtags(tag)))


def _list_unnamed_handles(handles: tuple[str, ...], localized: LocalizedText) -> tuple[str, ...]:
    """Those of `handles` that the event's own words do not name."""
    words = f"{localized.title} {localized.text}".casefold()
    return tuple(handle for handle in handles if handle.casefold() not in words)


def _clean_lines(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for line in map(clean_line, values) if line)


def clean_line(value: str) -> str:
    """`value` on one line, normalized, with single spaces."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip()
    return " ".join(normalize_text(value).split())
