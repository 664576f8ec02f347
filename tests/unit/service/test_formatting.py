"""How the command line writes what it tells people."""

from __future__ import annotations

from datetime import date

import pytest

from perihelion.model.anniversaries import Unit
from perihelion.service.formatting import format_count, format_days


@pytest.mark.parametrize(("count", "said"), [(1, "1 year"), (11, "11 years"), (101, "101 years")])
def test_only_one_is_singular(count: int, said: str) -> None:
    assert format_count(count, Unit.YEARS) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [(1, "2027-02-28"), (2, "2027-02-28 to 2027-03-01"), (366, "2027-02-28 to 2028-02-28")],
)
def test_a_span_is_told_by_its_first_and_last_day(days: int, said: str) -> None:
    assert format_days(date(2027, 2, 28), days) == said
