"""Whether a post leaves on the day that it is about."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from perihelion.compose.departure import count_days_late
from perihelion.model.anniversaries import Anniversary
from perihelion.model.units import Unit
from tests.fakes.model_builders import make_account, make_event


@pytest.mark.parametrize(
    ("zone", "leaves_at", "is_on_its_day"),
    [
        ("UTC", "2027-03-02T23:59Z", True),
        ("UTC", "2027-03-03T00:00Z", False),
        ("America/New_York", "2027-03-03T04:00Z", True),
        ("Pacific/Kiritimati", "2027-03-02T10:00Z", False),
        ("Pacific/Kiritimati", "2027-03-01T19:00Z", True),
    ],
)
def test_a_post_that_leaves_on_a_later_day_does_not_claim_its_day(
    zone: str,
    leaves_at: str,
    is_on_its_day: bool,  # noqa: FBT001 - what the parameters expect
) -> None:
    seen = Anniversary(make_event(), 11, Unit.YEARS, date(2027, 3, 2))
    account = make_account(timezone=zone)
    late = count_days_late(seen, account, datetime.fromisoformat(leaves_at))
    assert late == (0 if is_on_its_day else 1)


def test_an_exact_instant_is_on_its_day_wherever_the_account_is() -> None:
    exact = datetime.fromisoformat("2027-03-02T20:00Z")
    seen = Anniversary(make_event(), 11, Unit.YEARS, date(2027, 3, 2), exact)
    assert count_days_late(seen, make_account(timezone="Pacific/Kiritimati"), exact) == 0
