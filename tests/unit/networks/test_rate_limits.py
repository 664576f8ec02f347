"""When a rate limit ends, however the server says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.networks.shared.rate_limits import MAX_WAIT, parse_rate_limit

NOW = datetime(2027, 2, 28, 15, 0, tzinfo=UTC)
THEN = "Thu, 26 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "90"}, 90),
        ({"retry-after": "1.5"}, 1.5),
        ({"Retry-After": "Sun, 28 Feb 2027 15:01:00 GMT"}, 60),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 30)}, 30),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 30)}, 30),
        ({"X-RateLimit-Reset": "2027-02-28T15:05:00.123456Z"}, 300.123456),
        ({"X-RateLimit-Reset": "2027-02-28T16:05:00+01:00"}, 300),
        ({"RateLimit-Reset": "45"}, 45),
        ({"Retry-After": "10", "X-RateLimit-Reset": "9999999999"}, 10),
        ({"Retry-After": "Thu, 26 Nov 2026 09:00:30 GMT", "Date": THEN}, 30),
        ({"X-RateLimit-Reset": "2026-11-26T09:05:00Z", "date": THEN}, 300),
        ({"x-rate-limit-reset": "1795683690", "Date": THEN}, 90),
        ({"Retry-After": "45", "Date": THEN}, 45),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp() * 1000) + 30_500)}, 30.5),
        ({"x-rate-limit-reset": "1795683690000", "Date": THEN}, 90),
        ({"Retry-After": "0", "X-RateLimit-Reset": "2027-02-28T15:05:00Z"}, 300),
        ({"Retry-After": "Thu, 26 Nov 2026 08:59:00 GMT", "RateLimit-Reset": "45"}, 45),
    ],
)
def test_a_wait_is_read_in_each_of_its_forms(headers: dict[str, str], seconds: float) -> None:
    """Instants are by the server's clock; a rehearsal's runs months elsewhere."""
    assert parse_rate_limit(429, headers, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "-5", "nan", "inf", "1e400", "0", "Mon, 99 Feb", "2027-02-28T14:00:00Z",
     "12:00", "\x00", "٣", "0x10", "Sun, 28 Feb 2027 99:00:00 GMT"],
)  # fmt: skip
def test_a_wait_that_is_over_or_cannot_be_read_is_none(text: str) -> None:
    assert parse_rate_limit(429, {"Retry-After": text}, NOW) is None


def test_an_absurd_wait_is_cut() -> None:
    for text in ("99999999999999", "31000000", "315360000", "Fri, 31 Dec 9999 23:59:59 GMT",
                 "Fri, 31 Dec 9999 23:59:59 -1000", "9999-12-31T23:59:59-10:00"):  # fmt: skip
        assert parse_rate_limit(429, {"Retry-After": text}, NOW) == NOW + MAX_WAIT


@pytest.mark.parametrize("ahead", [timedelta(days=97), timedelta(hours=-1)])
@pytest.mark.parametrize("form", ["Retry-After", "X-RateLimit-Reset", "x-rate-limit-reset"])
def test_an_instant_of_a_server_whose_clock_differs_is_told_by_ours(
    form: str, ahead: timedelta
) -> None:
    """Ours is a rehearsal's, or wrong: as it stands the instant would be over, or days away."""
    theirs = NOW - ahead
    until = theirs + timedelta(minutes=15)
    text = str(int(until.timestamp())) if form == "x-rate-limit-reset" else format_datetime(until)
    headers = {"Date": format_datetime(theirs), form: text}
    assert parse_rate_limit(429, headers, NOW) == NOW + timedelta(minutes=15)


def test_seconds_need_no_clock() -> None:
    headers = {"Date": format_datetime(NOW - timedelta(days=97)), "Retry-After": "60"}
    assert parse_rate_limit(429, headers, NOW) == NOW + timedelta(minutes=1)


def test_a_reset_counts_only_once_nothing_remains() -> None:
    reset = {"X-RateLimit-Reset": "2027-02-28T15:05:00Z"}
    assert parse_rate_limit(200, reset | {"X-RateLimit-Remaining": "1"}, NOW) is None
    assert parse_rate_limit(200, reset, NOW) is None
    wait = parse_rate_limit(200, reset | {"X-RateLimit-Remaining": "0"}, NOW)
    assert wait == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("whose", ["app", "user"])
@pytest.mark.parametrize("status", [201, 403, 429])
def test_x_s_limit_for_a_day_counts_beside_the_one_for_15_minutes(whose: str, status: int) -> None:
    soon, later = (str(int((NOW + timedelta(hours=hours)).timestamp())) for hours in (0.25, 20))
    headers = {
        "x-rate-limit-remaining": "98",
        "x-rate-limit-reset": soon,
        f"x-{whose}-limit-24hour-limit": "17",
        f"x-{whose}-limit-24hour-remaining": "0",
        f"x-{whose}-limit-24hour-reset": later,
    }
    assert parse_rate_limit(status, headers, NOW) == NOW + timedelta(hours=20)
    headers["x-rate-limit-remaining"] = "0"
    assert parse_rate_limit(status, headers, NOW) == NOW + timedelta(hours=20)
    headers[f"x-{whose}-limit-24hour-remaining"] = "1"
    assert parse_rate_limit(status, headers, NOW) == NOW + timedelta(minutes=15)


@given(
    st.dictionaries(
        st.sampled_from(
            ["Retry-After", "X-RateLimit-Reset", "RateLimit-Remaining", "RateLimit-Reset", "Date"]
        ),
        st.text() | st.sampled_from([THEN, "9" * 11, "Fri, 31 Dec 9999 23:59:59 -1000"]),
    ),
    st.integers(100, 599),
)
def test_no_header_can_break_the_reader(headers: dict[str, str], status: int) -> None:
    wait = parse_rate_limit(status, headers, NOW)
    assert wait is None or NOW < wait <= NOW + MAX_WAIT
