"""Cards of every kind, in both sizes, in three languages and with texts of every length."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Iterator

LAUNCH = datetime(1977, 9, 5, 12, 56, tzinfo=UTC)


def make_planets(**labels: str) -> Planets:
    return Planets(LAUNCH, (("Earth", "Earth"), *labels.items()))


NAMES = (
    *("Dick Scobee", "Michael Smith", "Judith Resnik", "Ellison Onizuka"),
    *("Ronald McNair", "Gregory Jarvis", "Christa McAuliffe"),
)

NIGHT = Card(
    CardKind.NIGHT,
    WIDE,
    "Voyager 1 sets out for Jupiter, Saturn and the stars",
    date="5 September 1977, 12:56 UTC",
    mission="Voyager 1 · NASA",
    count="49",
    count_words=("years ago", "today"),
    event_kind="launch",
    motif=make_planets(Jupiter="Jupiter", Saturn="Saturn"),
    caption="The planets that day",
)
YEARS = replace(NIGHT, kind=CardKind.YEARS, count="50", years=(1977, 2027), motif=None, caption="")
MEMORIAL = Card(
    CardKind.MEMORIAL,
    WIDE,
    "Challenger and its crew of seven",
    date="28 January 1986",
    count_words=("41 years ago",),
    names=NAMES,
)
REPLAY = Card(
    CardKind.REPLAY,
    WIDE,
    "Scott Kelly, Kjell Lindgren and Kimiya Yui taste red romaine grown on board",
    date="10 August 2015",
    mission="One-Year Mission · NASA, Roscosmos",
    count="137",
    count_words=("Day", "of 340"),
    day=137,
    days=340,
    span=("Day 1", "Day 340"),
)
FLYBY = replace(
    NIGHT,
    title="Cassini swings past Earth on its way to the outer planets",
    event_kind="flyby",
    motif=Hyperbola("Earth", 0.844, 5.857, "1,175", "20"),
    caption="1,175\xa0km\xa0up, turn of 20°",
)
SHARP_TURN = Hyperbola("Jupiter", 0.625, 1.0, "42,828", "157")
STRAIGHT_ON = Hyperbola("Pluto", 0.087, 2979.0, "12,472", "<1")

_WIDE_SAMPLES = (
    NIGHT,
    replace(NIGHT, motif=Globe(28.5, -80.6, LAUNCH), caption="Cape Canaveral"),
    replace(NIGHT, motif=Globe(-34.9, 138.6), caption="Woomera"),
    replace(NIGHT, motif=make_planets(), count="1", title="Launch"),
    *(FLYBY, replace(FLYBY, motif=SHARP_TURN), replace(FLYBY, motif=STRAIGHT_ON)),
    replace(
        NIGHT,
        title="El Surveyor 7 se posa en la Luna, cerca del cráter Tycho",
        date="10 de enero de 1968, 01:05 UTC",
        mission="Surveyor 7 · NASA",
        count="59",
        count_words=("años", "se cumplen hoy"),
        event_kind="landing",
        motif=MoonPhase(120),
        caption="La Luna aquella noche",
    ),
    replace(
        NIGHT,
        title="Die Raumfähre Atlantis dockt an die Raumstation Mir an, zum ersten Mal seit dem "
        "Apollo-Sojus-Testprojekt, und bringt zwei Kosmonauten mit",
        date="29. Juni 1995, 15:00 Uhr MESZ",
        mission="Schwerlastraumtransporterprogramm · NASA, Roskosmos, ESA, JAXA, CSA",
        count="30",
        count_words=("Jahre", "ist es her"),
        event_kind="docking",
        motif=make_planets(Uranus="Uranus", Neptune="Neptun", Pluto="Pluto"),
        caption="Die Planeten an jenem Tag",
    ),
    replace(
        NIGHT,
        title="Curiosity has been on Mars for eight years of its own",
        count="10,000",
        count_words=("Mars years ago", "today"),
        motif=MarsYears(),
        caption="8 times around the Sun",
    ),
    replace(NIGHT, title="Donaudampfschifffahrtsgesellschaftskapitänswitwenrente", motif=None),
    replace(NIGHT, title="Юрий Гагарин становится первым человеком в космосе", count="64"),
    replace(NIGHT, title="Γιούρι Γκαγκάριν, πρώτος άνθρωπος στο διάστημα", count="64"),
    YEARS,
    replace(YEARS, count="25", years=(2001, 2026), title="Mirosław Hermaszewski i Phạm Tuân"),
    replace(YEARS, count="75", years=(1957, 2032), title="Sputnik"),
    replace(
        YEARS,
        count="100",
        years=(1926, 2026),
        title="Robert Goddard lanza en Auburn, Massachusetts, el primer cohete de combustible "
        "líquido, que sube doce metros y cae en un campo de coles",
        count_words=("años", "se cumplen hoy"),
    ),
    MEMORIAL,
    replace(MEMORIAL, names=("Vladímir Komarov",), title="La Soyuz 1 y Vladímir Komarov"),
    replace(MEMORIAL, names=(), title="An accident"),
    replace(MEMORIAL, names=NAMES[:3], count_words=("vor 59 Jahren",)),
    replace(MEMORIAL, names=(*NAMES, *NAMES), title=" ".join(NAMES)),
    REPLAY,
    replace(REPLAY, count="1", day=1, days=340, title="Lift-off"),
    replace(REPLAY, count="340", day=340, count_words=("Tag", "von 340"), title="Gelandet"),
)


def list_card_samples() -> Iterator[Card]:
    """Every sample in both sizes."""
    for card in _WIDE_SAMPLES:
        yield card
        yield replace(card, size=SQUARE)
