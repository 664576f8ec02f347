"""An event's card for link previews: it counts no years, so that it never goes out of date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from perihelion.compose.cards.card import WIDE, Card, CardKind
from perihelion.compose.cards.card_choice import choose_motif
from perihelion.compose.cards.card_texts import describe_card
from perihelion.compose.cards.font_ranges import find_missing_characters
from perihelion.compose.cards.words import find_words, format_date
from perihelion.compose.template_context import clean_line
from perihelion.model.moments import Precision

if TYPE_CHECKING:
    from perihelion.model.missions import Event


def build_link_card(
    event: Event, title: str, people: tuple[str, ...], language: str
) -> Card | None:
    """The card with the event's `title` and `people`, both in `language`, its date and mission.

    There is none in a language that cards do not speak, or with characters that their fonts lack.
    """
    words = find_words(language)
    if words is None:
        return None
    kind = CardKind.MEMORIAL if event.speaks_as_memorial else CardKind.NIGHT
    agencies = ", ".join(event.mission.agencies)
    mission = " · ".join(filter(None, (event.mission.name_in(language), agencies)))
    card = Card(
        kind,
        WIDE,
        clean_line(title),
        date=_format_moment(event, language),
        mission="" if kind is CardKind.MEMORIAL else clean_line(mission),
        event_kind=event.kind,
    )
    if kind is CardKind.MEMORIAL:
        card = replace(card, names=tuple(map(clean_line, people)))
    else:
        motif, caption = choose_motif(event, words, language)
        card = replace(card, motif=motif, caption=caption)
    if find_missing_characters("".join(card.texts)):
        return None
    return replace(card, alt=describe_card(card, words))


def _format_moment(event: Event, language: str) -> str:
    moment = event.moment
    if moment.instant is None or moment.precision is Precision.DAY:
        return format_date(moment.day, "", language)
    shown = moment.instant.astimezone(UTC)
    return format_date(shown.date(), f"{shown:%H:%M} UTC", language)
