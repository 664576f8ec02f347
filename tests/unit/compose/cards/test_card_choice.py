"""Which posts get a card, which kind, and what it says and shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

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
from perihelion.compose.cards.card_choice import build_card
from perihelion.compose.localized_text import choose_localized_text
from perihelion.compose.template_context import build_template_context
from perihelion.model.accounts import Account
from perihelion.model.anniversaries import Anniversary, DayCount
from perihelion.model.cards import CardChoice, CardRule
from perihelion.model.flybys import Body, Flyby
from perihelion.model.missions import Event, Mission, Place, Translation
from perihelion.model.moments import CountMode, Moment, Precision, Tone
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

LAUNCH = datetime(1977, 9, 5, 12, 56, tzinfo=UTC)
VOYAGER = Event(
    Mission("voyager-1", "Voyager 1", ("NASA",)),
    "launch",
    Moment(date(1977, 9, 5), LAUNCH, Precision.MINUTE),
    "launch",
    "Voyager 1 sets out for Jupiter, Saturn and the stars",
    (),
    translations=(
        ("de", Translation("Voyager 1 bricht zu Jupiter, Saturn und den Sternen auf")),
        ("es", Translation("La Voyager 1 parte hacia Júpiter, Saturno y las estrellas")),
        ("fr", Translation("Voyager 1 part")),
    ),
)
FOOTNOTE = replace(VOYAGER, importance=2)


def build(  # noqa: PLR0913 - what a card depends on
    event: Event = VOYAGER,
    count: int = 12,
    *,
    language: str = "en",
    cards: CardRule = CardRule.GREAT,
    unit: Unit = Unit.YEARS,
    moved: bool = False,
    square: bool = False,
    day_count: DayCount | None = None,
) -> Card | None:
    account = Account("local", "local", language=language, cards=cards)
    anniversary = Anniversary(
        event, count, unit, date(1977 + count, 9, 5), moved=moved, day_count=day_count
    )
    localized = choose_localized_text(event, account, "en", lambda _: True)
    context: Mapping[str, Any] = build_template_context(anniversary, account, localized)
    return build_card(anniversary, account, context, square=square)


def build_certain(event: Event = VOYAGER, count: int = 12, **options: Any) -> Card:
    card = build(event, count, **options)
    assert card is not None
    return card


@pytest.mark.parametrize(
    ("cards", "event", "count", "has_card"),
    [
        (CardRule.GREAT, VOYAGER, 12, True),
        (CardRule.GREAT, FOOTNOTE, 12, False),
        (CardRule.GREAT, FOOTNOTE, 25, True),
        (CardRule.GREAT, FOOTNOTE, 100, True),
        (CardRule.GREAT, replace(FOOTNOTE, card=CardChoice.NIGHT), 12, True),
        (CardRule.GREAT, replace(VOYAGER, card=CardChoice.NONE), 25, False),
        (CardRule.GREAT, replace(FOOTNOTE, tone=Tone.MEMORIAL), 12, True),
        (CardRule.ALL, FOOTNOTE, 12, True),
        (CardRule.ALL, replace(VOYAGER, card=CardChoice.NONE), 12, False),
        (CardRule.NONE, VOYAGER, 50, False),
        (CardRule.NONE, replace(VOYAGER, card=CardChoice.NIGHT), 12, False),
    ],
)
def test_the_account_and_the_event_say_which_posts_get_a_card(
    cards: CardRule, event: Event, count: int, *, has_card: bool
) -> None:
    assert (build(event, count, cards=cards) is not None) is has_card


@pytest.mark.parametrize(
    ("choice", "count", "kind"),
    [
        (None, 12, CardKind.NIGHT),
        (None, 50, CardKind.YEARS),
        (CardChoice.NIGHT, 50, CardKind.NIGHT),
        (CardChoice.YEARS, 12, CardKind.YEARS),
        (CardChoice.MEMORIAL, 50, CardKind.MEMORIAL),
    ],
)
def test_round_years_get_a_ruler_unless_the_event_says_otherwise(
    choice: CardChoice | None, count: int, kind: CardKind
) -> None:
    assert build_certain(replace(VOYAGER, card=choice), count).kind is kind


def test_a_death_is_drawn_as_a_memorial_by_its_kind_alone() -> None:
    died = replace(VOYAGER, kind="accident", people=("Jim Lovell",))
    assert build_certain(died).kind is CardKind.MEMORIAL
    survived = replace(VOYAGER, kind="emergency", people=("Jim Lovell",))
    assert build_certain(survived).kind is CardKind.NIGHT


def test_a_card_says_count_title_date_and_mission_in_the_language_of_the_post() -> None:
    english, german, spanish = (build_certain(language=one) for one in ("en", "de", "es"))
    assert (english.count, english.count_words) == ("12", ("years ago", "today"))
    assert english.date == "5 September 1977, 12:56 UTC"
    assert english.mission == "Voyager 1 · NASA"
    assert (german.count_words, german.date) == (
        ("Jahre", "ist es her"),
        "5. September 1977, 12:56 UTC",
    )
    assert german.title.startswith("Voyager 1 bricht")
    assert (spanish.count_words, spanish.date) == (
        ("años", "de aquel día"),
        "5 de septiembre de 1977, 12:56 UTC",
    )
    assert [card.caption for card in (german, spanish)] == [
        "Die Planeten an jenem Tag",
        "Los planetas aquel día",
    ]


def test_a_single_year_is_singular_and_a_moved_day_is_not_today() -> None:
    assert build_certain(count=1).count_words == ("year ago", "today")
    assert build_certain(count=1, language="de").count_words == ("Jahr", "ist es her")
    assert build_certain(moved=True).count_words == ("years", "ago")


def test_there_is_no_card_in_a_language_or_letters_that_cards_do_not_know() -> None:
    assert build(language="fr") is None
    assert build(replace(VOYAGER, title="はやぶさ")) is None


def test_an_event_that_counts_nothing_has_a_card_without_a_count() -> None:
    card = build_certain(replace(VOYAGER, count=CountMode.NONE), 25)
    assert (card.kind, card.count, card.count_words) == (CardKind.NIGHT, "", ())


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Voyager 1 sets out for Jupiter, Saturn and the stars", ["Earth", "Jupiter", "Saturn"]),
        ("A Saturn V lifts off", ["Earth"]),
        ("Mercury-Atlas 6 lifts off", ["Earth"]),
        ("MESSENGER goes into orbit around Mercury", ["Earth", "Mercury"]),
        ("Luna 2 passes Mars on its way to the Moon", ["Earth", "Mars"]),
    ],
)
def test_the_planets_that_a_title_means_are_marked(title: str, names: list[str]) -> None:
    motif = build_certain(replace(VOYAGER, title=title)).motif
    assert isinstance(motif, Planets)
    assert [name for name, _ in motif.labels] == names
    assert motif.at == LAUNCH


def test_the_moon_is_shown_where_the_title_names_it() -> None:
    card = build_certain(replace(VOYAGER, title="Surveyor 7 lands on the Moon"))
    assert card.motif == MoonPhase(269.3)
    assert "the Moon as it was that day: at last quarter" in card.alt


def test_a_moon_of_another_world_is_not_ours() -> None:
    card = build_certain(replace(VOYAGER, title="DART hits the little moon Dimorphos"))
    assert isinstance(card.motif, Planets)


def test_sols_show_mars() -> None:
    card = build_certain(unit=Unit.SOLS, count=5)
    assert card.motif == MarsYears()
    assert card.count_words == ("sols", "since then")


def test_a_memorial_names_the_people_and_not_the_mission() -> None:
    event = replace(VOYAGER, tone=Tone.MEMORIAL, people=("Ada Example", "Ben Example"))
    card = build_certain(event, 41)
    assert (card.names, card.count, card.mission) == (event.people, "", "")
    assert card.count_words == ("41 years ago",)
    assert "A light stands by each name: Ada Example and Ben Example." in card.alt


ENGLISH_ALT = """\
Drawn card: 50 years ago today: Voyager 1 sets out for Jupiter, Saturn and the stars, \
5 September 1977, 12:56 UTC, Voyager 1 · NASA. A ruler runs from 1977 to 2027."""
GERMAN_ALT = """\
Gezeichnete Karte: 50 Jahre ist es her: Voyager 1 bricht zu Jupiter, Saturn und den Sternen auf, \
5. September 1977, 12:56 UTC, Voyager 1 · NASA. Ein Lineal reicht von 1977 bis 2027."""


@pytest.mark.parametrize(("language", "alt"), [("en", ENGLISH_ALT), ("de", GERMAN_ALT)])
def test_the_alt_text_says_what_the_card_says_and_shows(language: str, alt: str) -> None:
    assert build_certain(count=50, language=language).alt == alt


def test_a_replay_counts_the_days_of_its_mission() -> None:
    day = DayCount(137, 340)
    card = build_certain(FOOTNOTE, unit=Unit.REPLAY_YEARS, day_count=day, language="de")
    assert (card.kind, card.count, card.count_words) == (CardKind.REPLAY, "137", ("Tag", "von 340"))
    assert card.span == ("Tag 1", "Tag 340")
    assert "Tag 137 von 340" in card.alt


def test_a_card_is_square_where_that_is_shown_larger() -> None:
    assert (build_certain().size, build_certain(square=True).size) == (WIDE, SQUARE)


def test_a_place_with_coordinates_is_shown_on_the_globe_as_the_sun_lit_it() -> None:
    cape = Place("Florida", "America/New_York", (("de", "Florida"),), coordinates="28.6, -80.6")
    card = build_certain(replace(VOYAGER, place=cape))
    assert (card.motif, card.caption) == (Globe(28.6, -80.6, LAUNCH), "Florida")
    assert card.alt.endswith("as the Sun lit it then, with a light in Florida.")
    day = Moment(date(1977, 9, 5), None, Precision.DAY)
    dated = build_certain(replace(VOYAGER, place=cape, moment=day), language="de")
    assert dated.motif == Globe(28.6, -80.6, None)
    assert dated.alt.endswith("Zu sehen ist die Erde, mit einem Licht in Florida.")


def test_a_place_without_coordinates_leaves_the_planets() -> None:
    card = build_certain(replace(VOYAGER, place=Place("Florida", "America/New_York")))
    assert isinstance(card.motif, Planets)


PAST_EARTH = replace(VOYAGER, kind="flyby", flyby=Flyby(Body.EARTH, 1175, v_infinity_km_s=16.01))


@pytest.mark.parametrize(
    ("language", "altitude", "caption", "alt"),
    [
        (
            "en",
            "1,175",
            "1,175 km up, turn of 20°",
            (
                "It shows, to scale, the path past the Earth: a hyperbola that comes as close as "
                "1,175 kilometres to the surface and turns by 20°."
            ),
        ),
        (
            "de",
            "1.175",
            "1.175 km hoch, Kurve 20°",
            (
                "Zu sehen ist maßstäblich die Bahn an der Erde vorbei: eine Hyperbel, die sich der "
                "Oberfläche auf 1.175 Kilometer nähert und um 20° abbiegt."
            ),
        ),
        (
            "es",
            "1175",
            "A 1175 km, giro de 20°",
            (
                "Muestra a escala la trayectoria junto a la Tierra: una hipérbola que pasa a 1175 "
                "kilómetros de la superficie y gira 20°."
            ),
        ),
    ],
)
def test_a_flyby_with_its_numbers_is_shown_as_a_path_to_scale(
    language: str, altitude: str, caption: str, alt: str
) -> None:
    place = Place("California", "America/Los_Angeles", coordinates="34.2, -118.2")
    card = build_certain(replace(PAST_EARTH, place=place), language=language)
    assert isinstance(card.motif, Hyperbola)
    assert (card.motif.planet, card.motif.altitude, card.motif.turn) == ("Earth", altitude, "20")
    assert card.motif.eccentricity == pytest.approx(5.857, abs=0.001)
    assert card.motif.disc == pytest.approx(6378.1 / (6378.1 + 1175))
    assert card.caption.replace("\xa0", " ") == caption
    assert card.alt.endswith(alt)


def test_a_planet_has_its_article_where_the_language_gives_it_one() -> None:
    past_mars = replace(PAST_EARTH, flyby=Flyby(Body.MARS, 250, speed_km_s=10.053))
    assert "the path past Mars:" in build_certain(past_mars).alt
    assert "die Bahn am Mars vorbei:" in build_certain(past_mars, language="de").alt
    assert "la trayectoria junto a Marte:" in build_certain(past_mars, language="es").alt


def test_a_turn_too_small_to_see_is_not_called_none() -> None:
    past_pluto = replace(PAST_EARTH, flyby=Flyby(Body.PLUTO, 12_472, speed_km_s=13.78))
    assert build_certain(past_pluto).caption.endswith("turn of <1°")
