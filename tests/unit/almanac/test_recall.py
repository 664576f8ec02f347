"""What was promised is recalled as the schedule has it now."""

from __future__ import annotations

from datetime import date

import pytest

from perihelion.almanac.observance import find_anniversary_on
from perihelion.almanac.recall import recall_anniversary
from perihelion.model.moments import ObserveMode
from perihelion.model.units import Milestone, Unit
from tests.fakes.model_builders import make_event


def test_a_promised_anniversary_is_recalled_as_the_event_is_observed() -> None:
    handover = make_event(at="2016-02-29")
    moved = recall_anniversary(handover, 11, Unit.YEARS, date(2027, 2, 28))
    assert (moved.count, moved.day, moved.moved) == (11, date(2027, 2, 28), True)


@pytest.mark.parametrize(
    ("count", "unit", "day"),
    [
        (12, Unit.YEARS, date(2027, 3, 2)),
        (11, Unit.YEARS, date(2027, 3, 3)),
        (11, Unit.SOLS, date(2027, 3, 2)),
    ],
)
def test_what_was_promised_stays_as_it_was_where_the_event_has_changed(
    count: int, unit: Unit, day: date
) -> None:
    landing = make_event(at="2016-03-02T04:26Z", observe=ObserveMode.TO_THE_MINUTE)
    assert find_anniversary_on(landing, date(2027, 3, 2)) is not None
    kept = recall_anniversary(landing, count, unit, day)
    assert (kept.count, kept.unit, kept.day, kept.instant) == (count, unit, day, None)


def test_a_promised_milestone_is_recalled_while_the_event_has_it() -> None:
    station = make_event(at="2000-11-02", milestones=(Milestone(10_000, Unit.DAYS),))
    kept = recall_anniversary(station, 10_000, Unit.DAYS, date(2028, 3, 20), "Asia/Tokyo")
    assert (kept.count, kept.unit, kept.day) == (10_000, Unit.DAYS, date(2028, 3, 20))
    removed = recall_anniversary(station, 9_000, Unit.DAYS, date(2025, 6, 24))
    assert (removed.count, removed.unit, removed.day) == (9_000, Unit.DAYS, date(2025, 6, 24))
