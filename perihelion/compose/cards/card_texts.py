"""What a card says about an anniversary, and its alt text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.compose.cards.card import CardKind, Globe, Hyperbola, MarsYears, MoonPhase, Planets
from perihelion.compose.phrases import format_number
from perihelion.model.units import CALENDAR_UNIT_DAYS, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perihelion.compose.cards.card import Card, Motif
    from perihelion.compose.cards.words import CardWords
    from perihelion.model.anniversaries import Anniversary

_PHASES = 8


def format_time(context: Mapping[str, Any]) -> str:
    """The time of the event with its zone, if it is known; `context` is the templates'."""
    if context["hour"] is None:
        return ""
    return f"{context['hour']:02}:{context['minute']:02} {context['zone']}"


def format_mission(context: Mapping[str, Any]) -> str:
    """The mission, and who flew it."""
    agencies = ", ".join(context["agencies"])
    return f"{context['mission']} · {agencies}" if agencies else str(context["mission"])


def list_count_words(anniversary: Anniversary, words: CardWords) -> tuple[str, ...]:
    """The two lines next to the count."""
    unit = name_unit(anniversary, words)
    chosen = words.moved if anniversary.moved else words.today
    unit_counted = anniversary.spoken_unit
    if unit_counted is not Unit.YEARS and unit_counted not in CALENDAR_UNIT_DAYS:
        chosen = words.since
    return tuple(line.format(unit) for line in chosen)


def name_unit(anniversary: Anniversary, words: CardWords) -> str:
    """What is counted, in the singular or the plural."""
    return words.units[anniversary.spoken_unit][anniversary.count != 1]


def format_memorial_count(anniversary: Anniversary, words: CardWords, language: str) -> str:
    """How long ago it was, as a memorial says it."""
    number = format_number(anniversary.count, language)
    return words.ago.format(number, name_unit(anniversary, words))


def describe_card(card: Card, words: CardWords) -> str:
    """The alt text: what the card says, then what it shows."""
    counted = " ".join((card.count, *card.count_words)).strip()
    if card.kind is CardKind.REPLAY:
        counted = f"{card.count_words[0]} {card.count} {card.count_words[1]}"
    said = [card.title, counted, card.date, card.mission]
    if card.kind in {CardKind.NIGHT, CardKind.YEARS} and counted:
        said = [f"{counted}: {card.title}", card.date, card.mission]
    sentence = words.card.format(", ".join(filter(None, said)))
    return " ".join((sentence, *_describe_picture(card, words)))


def _describe_picture(card: Card, words: CardWords) -> Iterator[str]:
    if card.names:
        yield words.lights_alt.format(_join(card.names, words))
    if card.years:
        yield words.ruler_alt.format(*card.years)
    if card.kind is CardKind.REPLAY:
        yield words.bar_alt.format(card.day, card.days)
    if card.motif:
        yield _describe_motif(card.motif, card.caption, words)


def _describe_motif(motif: Motif, caption: str, words: CardWords) -> str:
    match motif:
        case Planets(labels=labels):
            return words.planets_alt.format(_join([label for _, label in labels], words))
        case MoonPhase(angle):
            return words.moon_alt.format(words.phases[round(angle * _PHASES / 360) % _PHASES])
        case Globe(at=at):
            return (words.globe_alt if at else words.lit_globe_alt).format(caption)
        case MarsYears():
            return words.mars_alt
        case Hyperbola():
            place = words.past.get(motif.planet) or words.past[""].format(
                words.planets[motif.planet]
            )
            return words.flyby_alt.format(place, motif.altitude, motif.turn)


def _join(names: Sequence[str], words: CardWords) -> str:
    *first, last = names
    return f"{', '.join(first)} {words.conjunction} {last}" if first else last
