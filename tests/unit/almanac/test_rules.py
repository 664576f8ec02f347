"""Days that a rule gives: World Space Week, Yuri's Night, and a fourth Thursday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.observance import find_anniversary_on
from perihelion.almanac.recall import recall_anniversary
from perihelion.model.moments import CountMode, ObserveMode, YearlyRule
from perihelion.model.units import Unit
from perihelion.schedule.load import parse_schedule
from perihelion.schedule.yearly_rules import find_rule_day
from tests.fakes.almanac_strategies import events_with_rules, no_deadline, rules, years, zones
from tests.fakes.model_builders import make_event
from tests.fakes.schedule_texts import FILE, schedule_with_one_event

if TYPE_CHECKING:
    from perihelion.model.missions import Event

FOURTH_THURSDAY = YearlyRule("FREQ=YEARLY;BYMONTH=1;BYDAY=4TH")
REMEMBRANCE = make_event(id="remembrance", at="1967-01-27", rule=FOURTH_THURSDAY)


@pytest.mark.parametrize(("year", "day"), [(2026, 22), (2027, 28), (2028, 27)])
def test_the_day_of_remembrance_is_the_fourth_thursday_of_january(year: int, day: int) -> None:
    (seen,) = Calendar([REMEMBRANCE]).find_anniversaries(date(year, 1, 1), date(year, 12, 31))
    assert (seen.day, seen.count) == (date(year, 1, day), year - 1967)
    assert seen.moved == (day != 27)


def test_the_first_observance_is_in_the_year_after_the_event() -> None:
    found = Calendar([REMEMBRANCE]).find_anniversaries(date(1960, 1, 1), date(1969, 12, 31))
    assert [seen.count for seen in found] == [1, 2]


def test_a_rule_has_no_instant_even_where_the_event_is_observed_to_the_minute() -> None:
    exact = make_event(
        at="1961-04-12T06:07Z",
        observe=ObserveMode.TO_THE_MINUTE,
        rule=YearlyRule("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=12"),
    )
    seen = find_anniversary_on(exact, date(2027, 4, 12), "Pacific/Kiritimati")
    assert seen is not None
    assert seen.instant is None


def test_a_rule_with_or_without_a_count_has_one_key() -> None:
    uncounted = replace(REMEMBRANCE, count=CountMode.NONE)
    seen = find_anniversary_on(uncounted, date(2027, 1, 28))
    assert seen is not None
    assert (seen.count, seen.unit, seen.is_counted) == (60, Unit.YEARS, False)


@given(year=years, one=rules, other=rules)
def test_a_corrected_rule_keeps_the_key_of_its_year(
    year: int, one: YearlyRule, other: YearlyRule
) -> None:
    keys = set()
    for rule in (one, other):
        event = replace(REMEMBRANCE, rule=rule)
        found = Calendar([event]).find_anniversaries(date(year, 1, 1), date(year, 12, 31))
        keys |= {(seen.count, seen.unit) for seen in found}
    assert keys <= {(year - 1967, Unit.YEARS)}


@no_deadline
@given(one=events_with_rules(), year=years, zone=st.none() | zones, cut=st.integers(1, 365))
def test_a_year_shows_each_event_on_the_day_of_its_rule_however_it_is_split(
    one: Event, year: int, zone: str | None, cut: int
) -> None:
    assert one.rule is not None
    calendar = Calendar([one])
    first, last = date(year, 1, 1), date(year, 12, 31)
    at = first + timedelta(days=cut)
    halves = [
        *calendar.find_anniversaries(first, at - timedelta(days=1), zone),
        *calendar.find_anniversaries(at, last, zone),
    ]
    day = find_rule_day(one.rule, year) if year > one.moment.day.year else None
    assert [seen.day for seen in halves] == ([day] if day else [])
    assert halves == calendar.find_anniversaries(first, last, zone)


def test_a_promised_observance_is_recalled_though_the_rule_was_corrected() -> None:
    kept = recall_anniversary(REMEMBRANCE, 60, Unit.YEARS, date(2027, 1, 27))
    assert (kept.count, kept.day) == (60, date(2027, 1, 27))


def test_the_schedule_reads_a_rule_in_capitals_or_not() -> None:
    text = schedule_with_one_event(observe="freq=yearly;bymonth=1;byday=4th", count="none")
    (event,) = parse_schedule(text.encode(), FILE).events
    assert (event.rule, event.observe) == (FOURTH_THURSDAY, ObserveMode.DAY)
    assert event.count is CountMode.NONE
