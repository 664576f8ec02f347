"""A place lends a post its own date and time, and changes nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.almanac.observance import find_anniversary_on
from perihelion.compose.localized_text import LocalizedText
from perihelion.compose.template_context import build_template_context
from perihelion.compose.templates import Templates
from perihelion.model.anniversaries import Anniversary
from perihelion.model.missions import Place
from perihelion.model.moments import CountMode, DayZone
from perihelion.model.units import Unit
from perihelion.schedule.load import parse_schedule
from tests.fakes.model_builders import make_account, make_event
from tests.fakes.schedule_texts import FILE, find_mistakes_with_messages, schedule_with_one_event

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event

FOLDER = Path(__file__).resolve().parents[3] / "templates"
HOUSTON = Place("Houston", "America/Chicago")
FIRST_STEP = make_event(at="1969-07-21T02:56Z", place=HOUSTON)
LOCAL = make_account()


def render(template: str, event: Event, folder: Path, language: str = "en") -> str:
    """What `template` makes of the event's 58th anniversary, with the shipped words."""
    source = FOLDER if language == "en" else FOLDER / language
    (folder / "_words.j2").write_text((source / "_words.j2").read_text("utf-8"), "utf-8")
    (folder / "default.j2").write_text(template, "utf-8")
    context = build_context(event, LOCAL, language)
    return next(Templates(folder).render_wordings("event", "en", context))


def build_context(event: Event, account: Account, language: str = "en") -> dict[str, object]:
    seen = Anniversary(event, 58, Unit.YEARS, date(2027, 7, 21))
    return dict(build_template_context(seen, account, LocalizedText(language, "A title", "")))


@pytest.mark.parametrize(
    ("language", "variable", "expected"),
    [
        ("en", "local_when", "20 July 1969 in Houston, 02:56 UTC on the 21st"),
        ("en", "local_date", "20 July 1969"),
        ("en", "local_time", "21:56 CDT"),
        ("en", "when", "58 years ago today, on 21 July 1969 (20 July in Houston)"),
        ("en", "dated", "21 July 1969 (20 July in Houston), 58 years ago"),
        ("de", "local_when", "20. Juli 1969 in Houston, 02:56 UTC am 21."),
        ("de", "when", "heute vor 58 Jahren, am 21. Juli 1969 (20. Juli in Houston)"),
    ],
)
def test_the_first_step_was_on_20_july_in_houston(
    language: str, variable: str, expected: str, tmp_path: Path
) -> None:
    assert render(f"{{{{ {variable} }}}}", FIRST_STEP, tmp_path, language) == expected


def test_the_offset_is_that_of_the_year_and_not_today_s(tmp_path: Path) -> None:
    war_time = make_event(at="1943-01-15T02:00Z", place=Place("Florida", "America/New_York"))
    assert render("{{ local_time }}", war_time, tmp_path) == "22:00 EWT"


def test_a_place_with_the_same_day_is_not_named_where_only_the_day_is_said(tmp_path: Path) -> None:
    launch = make_event(at="1969-07-16T13:32Z", place=Place("Florida", "America/New_York"))
    assert render("{{ when }}", launch, tmp_path) == "58 years ago today, on 16 July 1969"
    assert render("{{ local_when }}", launch, tmp_path) == "16 July 1969 in Florida, 13:32 UTC"


def test_another_year_at_the_place_is_named(tmp_path: Path) -> None:
    new_year = make_event(at="1970-01-01T02:00Z", place=HOUSTON)
    expected = "58 years ago today, on 1 January 1970 (31 December 1969 in Houston)"
    assert render("{{ when }}", new_year, tmp_path) == expected


def test_a_place_has_its_name_of_the_language(tmp_path: Path) -> None:
    california = Place("California", "America/Los_Angeles", (("de", "Kalifornien"),))
    event = make_event(at="2012-08-06T05:17Z", place=california)
    assert render("{{ other_date }}", event, tmp_path) == " (5 August in California)"
    assert render("{{ other_date }}", event, tmp_path, "de") == " (5. August in Kalifornien)"


def test_without_a_time_of_day_a_place_has_a_name_and_no_date(tmp_path: Path) -> None:
    dated = make_event(at="1969-07-21", place=HOUSTON)
    assert build_context(dated, LOCAL)["place"] == "Houston"
    assert render("-{{ local_when }}{{ local_time }}{{ other_date }}", dated, tmp_path) == "-"


def test_a_place_may_state_its_day_where_nobody_knows_the_time(tmp_path: Path) -> None:
    dated = make_event(at="2016-07-05", place=replace(HOUSTON, day=date(2016, 7, 4)))
    assert render("{{ when }}", dated, tmp_path).endswith("on 5 July 2016 (4 July in Houston)")
    assert render("{{ local_when }}", dated, tmp_path) == "4 July 2016 in Houston"
    assert render("-{{ local_time }}", dated, tmp_path) == "-"


@pytest.mark.parametrize(
    ("at", "day", "says"),
    [
        ("2016-07-05T03:53Z", "2016-07-04", "the zone gives the day"),
        ("2016-07-05", "2016-07-05", "not the day before or after"),
        ("2016-07-05", "2015-07-04", "not the day before or after"),
    ],
)
def test_a_place_states_only_the_day_next_to_the_event_s(at: str, day: str, says: str) -> None:
    place = f"{{name: Houston, zone: America/Chicago, day: {day}}}"
    text = schedule_with_one_event(at=at, place=place)
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (9, 16, "bad-place")
    assert says in message


@pytest.mark.parametrize("written", ["28.6, -80.6", "-90, 180", "0,0", "5.24 , -52.77"])
def test_a_place_may_say_where_it_is(written: str) -> None:
    place = f'{{name: Florida, zone: America/New_York, coordinates: "{written}"}}'
    (event,) = parse_schedule(schedule_with_one_event(place=place).encode(), FILE).events
    assert event.place is not None
    assert event.place.point == tuple(map(float, written.split(",")))


@pytest.mark.parametrize("written", ["91, 0", "0, 181", "28.6", "28.6 N, 80.6 W", "28,6, 80,6"])
def test_what_is_no_latitude_and_longitude_is_a_mistake(written: str) -> None:
    place = f'{{name: Florida, zone: America/New_York, coordinates: "{written}"}}'
    text = schedule_with_one_event(place=place)
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, code) == (9, "bad-coordinates")
    assert column == 16 + place.index('"')
    assert "north and east are positive" in message


def test_a_day_without_a_count_has_no_local_date() -> None:
    day = make_event(at="1969-07-21T02:56Z", place=HOUSTON, count=CountMode.NONE)
    assert build_context(day, LOCAL)["local_day"] is None


def test_an_account_that_reads_the_day_at_the_place_names_it_once(tmp_path: Path) -> None:
    texan = make_account(timezone="America/Chicago", days=DayZone.ACCOUNT)
    context = build_context(FIRST_STEP, texan)
    assert (context["day"], context["local_day"]) == (20, 20)
    (tmp_path / "_words.j2").write_text((FOLDER / "_words.j2").read_text("utf-8"), "utf-8")
    (tmp_path / "default.j2").write_text("-{{ other_date }}", "utf-8")
    assert next(Templates(tmp_path).render_wordings("event", "en", context)) == "-"


def test_a_place_moves_no_observance() -> None:
    without = replace(FIRST_STEP, place=None)
    for event in (FIRST_STEP, without):
        assert find_anniversary_on(event, date(2027, 7, 21)) is not None
        assert find_anniversary_on(event, date(2027, 7, 20)) is None


def test_an_event_has_the_place_of_its_mission_unless_it_names_its_own() -> None:
    text = schedule_with_one_event().replace(
        "    events:", "    place: {name: Kazakhstan, zone: Asia/Almaty}\n    events:"
    )
    (event,) = parse_schedule(text.encode(), FILE).events
    assert event.place == Place("Kazakhstan", "Asia/Almaty")
    own = "{name: Houston, zone: America/Chicago, names: {es: Houston}}"
    (other,) = parse_schedule(
        text.replace("landing\n", f"landing\n        place: {own}\n", 1).encode(), FILE
    ).events
    assert other.place == replace(HOUSTON, names=(("es", "Houston"),))


def test_a_mission_s_place_states_no_day() -> None:
    text = schedule_with_one_event().replace(
        "    events:", "    place: {name: A, zone: UTC, day: 2016-03-01}\n    events:"
    )
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (4, 12, "bad-place")
    assert "write the place into the event" in message


@pytest.mark.parametrize(
    ("place", "code", "says"),
    [
        ("Houston", "wrong-type", "a place, a mapping with keys such as `name:`"),
        ("{name: Houston}", "missing-key", "a place needs `zone`"),
        ("{name: Houston, zone: America/Huston}", "bad-zone", "unknown time zone"),
        ("{name: A, zone: UTC, day: 5 July}", "bad-date", "is not a date"),
        ("{name: A, zone: UTC, names: B}", "wrong-type", "a mapping of languages to names"),
    ],
)
def test_a_wrong_place_is_a_mistake_on_its_line(place: str, code: str, says: str) -> None:
    ((line, column, found, message),) = find_mistakes_with_messages(
        schedule_with_one_event(place=place)
    )
    assert (line, found) == (9, code)
    assert column >= 16
    assert says in message
