"""The Julian calendar, as far back as a date can go."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.model.julian_dates import JulianDate


@pytest.mark.parametrize(
    ("julian", "gregorian"),
    [
        (JulianDate(1857, 9, 5), date(1857, 9, 17)),
        (JulianDate(1917, 10, 25), date(1917, 11, 7)),
        (JulianDate(1582, 10, 5), date(1582, 10, 15)),
        (JulianDate(1900, 2, 29), date(1900, 3, 13)),
        (JulianDate(1642, 12, 25), date(1643, 1, 4)),
    ],
)
def test_the_same_day_in_both_calendars(julian: JulianDate, gregorian: date) -> None:
    assert julian.to_gregorian() == gregorian
    assert JulianDate.from_gregorian(gregorian) == julian


@given(st.dates(date(1, 1, 3)))
def test_every_day_there_and_back_is_itself(day: date) -> None:
    assert JulianDate.from_gregorian(day).to_gregorian() == day


@pytest.mark.parametrize("wrong", [(1857, 2, 29), (1857, 0, 1), (1857, 4, 31), (1857, 4, 0)])
def test_a_day_that_does_not_exist_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no day"):
        JulianDate(*wrong).to_gregorian()
