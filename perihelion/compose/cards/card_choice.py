"""Whether a post gets a card, what kind of card that is, and what it says and shows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from perihelion.compose.cards.card import (
    SQUARE,
    WIDE,
    Card,
    CardKind,
    Globe,
    Hyperbola,
    MarsYears,
    MoonPhase,
    Planets,
)
from perihelion.compose.cards.card_texts import (
    describe_card,
    format_memorial_count,
    format_mission,
    format_time,
    list_count_words,
)
from perihelion.compose.cards.font_ranges import find_missing_characters
from perihelion.compose.cards.sky import find_moon_angle
from perihelion.compose.cards.words import find_words, format_date
from perihelion.compose.phrases import format_number
from perihelion.model.cards import CardChoice, CardRule
from perihelion.model.moments import Precision
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.compose.cards.card import Motif
    from perihelion.compose.cards.words import CardWords
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary, DayCount
    from perihelion.model.flybys import Flyby
    from perihelion.model.missions import Event

_GREAT: Final = 3
"""From this importance on, an event is great enough for a card."""
_ROUND: Final = 25
"""Years of this number and its multiples have a ruler."""
_MOON: Final = re.compile(r"\b(Moon|[Ll]unar|Mond|Luna)\b")
"""With a capital: other planets have moons, too."""
_PLANET_NAMES: Final = {
    "Mercury": "Mercury(?!-)|Merkur",
    "Venus": "Venus",
    "Mars": "Mars|Marte",
    "Jupiter": "Jupiter(?!-)|Júpiter",
    "Saturn": r"Saturn(?! [IV]+\b)|Saturno",
    "Uranus": "Uranus|Urano",
    "Neptune": "Neptune|Neptun",
    "Pluto": "Pluto|Plutón",
}
"""What a title says where it means the planet; Saturn V is a rocket, Mercury-Atlas another."""


def build_card(
    anniversary: Anniversary, account: Account, context: Mapping[str, Any], *, square: bool
) -> Card | None:
    """The card of a post without a picture, or None where it gets none.

    `context` is what the templates are given, in the post's language. There is none in a language
    that cards do not speak, or with characters that their fonts lack.
    """
    words = find_words(context["language"])
    if words is None or not _deserves_card(anniversary, account):
        return None
    kind = _choose_kind(anniversary)
    card = Card(
        kind,
        SQUARE if square else WIDE,
        context["title"],
        date=_format_date(context),
        mission="" if kind is CardKind.MEMORIAL else format_mission(context),
        event_kind=context["kind"],
    )
    card = _add_count(card, anniversary, words, context)
    if kind is CardKind.NIGHT:
        card = _add_motif(card, anniversary, words, context["language"])
    if find_missing_characters("".join(card.texts)):
        return None
    return replace(card, alt=describe_card(card, words))


def _deserves_card(anniversary: Anniversary, account: Account) -> bool:
    event = anniversary.event
    if account.cards is CardRule.NONE or event.card is CardChoice.NONE:
        return False
    return (
        account.cards is CardRule.ALL
        or event.card is not None
        or anniversary.is_replay
        or event.speaks_as_memorial
        or event.importance >= _GREAT
        or _is_round(anniversary)
    )


def _is_round(anniversary: Anniversary) -> bool:
    return (
        anniversary.unit is Unit.YEARS
        and anniversary.is_counted
        and anniversary.count % _ROUND == 0
        and anniversary.count > 0
    )


def _choose_kind(anniversary: Anniversary) -> CardKind:
    chosen = anniversary.event.card
    if chosen is not None:
        return CardKind(chosen.value)
    if anniversary.event.speaks_as_memorial:
        return CardKind.MEMORIAL
    if anniversary.day_count is not None:
        return CardKind.REPLAY
    return CardKind.YEARS if _is_round(anniversary) else CardKind.NIGHT


def _format_date(context: Mapping[str, Any]) -> str:
    day = date(context["year"], context["month"], context["day"])
    return format_date(day, format_time(context), context["language"])


def _add_count(
    card: Card, anniversary: Anniversary, words: CardWords, context: Mapping[str, Any]
) -> Card:
    """The card with its count, and with what it says of the years or of the people."""
    language = context["language"]
    if card.kind is CardKind.MEMORIAL:
        ago = format_memorial_count(anniversary, words, language) if anniversary.is_counted else ""
        return replace(card, count_words=(ago,), names=tuple(context["people"]))
    if not anniversary.is_counted:
        return card
    if card.kind is CardKind.REPLAY and anniversary.day_count is not None:
        return _add_day(card, anniversary.day_count, words, language)
    counted = replace(
        card,
        count=format_number(anniversary.count, language),
        count_words=list_count_words(anniversary, words),
    )
    years = (context["year"], anniversary.day.year)
    return replace(counted, years=years) if card.kind is CardKind.YEARS else counted


def _add_day(card: Card, day_count: DayCount, words: CardWords, language: str) -> Card:
    """The card with the day of the replay, and what stands at the two ends of its bar."""
    number, total = day_count.number, day_count.total
    before, _ = words.day
    return replace(
        card,
        count=format_number(number, language),
        count_words=tuple(one.format(format_number(total, language)) for one in words.day),
        day=number,
        days=total,
        span=(f"{before} 1", f"{before} {format_number(total, language)}"),
    )


def _add_motif(card: Card, anniversary: Anniversary, words: CardWords, language: str) -> Card:
    """The card with what it shows, and the words that say what that is."""
    if anniversary.unit in {Unit.SOLS, Unit.MARS_YEARS}:
        return replace(card, motif=MarsYears(), caption=words.mars_caption)
    motif, caption = choose_motif(anniversary.event, words, language)
    return replace(card, motif=motif, caption=caption)


def choose_motif(event: Event, words: CardWords, language: str) -> tuple[Motif, str]:
    """Where it was, or its path, if that is known; else the Moon or the planets of that day."""
    if event.flyby:
        return _trace_flyby(event.flyby, words, language)
    if event.place and event.place.point:
        instant = None if event.moment.precision is Precision.DAY else event.moment.instant
        return Globe(*event.place.point, instant), event.place.name_in(language)
    at = event.moment.instant or datetime.combine(event.moment.day, time(12), UTC)
    named = _find_planets(event)
    if _MOON.search(event.title) and not named:
        return MoonPhase(find_moon_angle(at)), words.moon_caption
    labels = tuple((name, words.planets[name]) for name in ("Earth", *named))
    return Planets(at, labels), words.planets_caption


def _trace_flyby(flyby: Flyby, words: CardWords, language: str) -> tuple[Motif, str]:
    altitude = format_number(round(flyby.altitude_km), language)
    turn = str(round(flyby.turn)) if flyby.turn >= 1 else "<1"
    planet = flyby.body.capitalize()
    motif = Hyperbola(planet, flyby.disc, flyby.eccentricity, altitude, turn)
    return motif, words.flyby_caption.format(altitude, turn)


def _find_planets(event: Event) -> list[str]:
    """The planets that an event is about: those that its title or its tags name."""
    said = " ".join((event.title, *event.tags, *event.mission.tags))
    return [name for name, pattern in _PLANET_NAMES.items() if re.search(rf"\b({pattern})\b", said)]
