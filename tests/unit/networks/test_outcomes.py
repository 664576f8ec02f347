from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    PublishError,
    Rejected,
)
from perihelion.networks.shared.error_classification import (
    MAX_WAIT,
    classify_status,
    failures_as_not_sent,
    make_error,
    parse_rate_limit,
    safe_cause,
    unknown_as_not_sent,
)
from perihelion.networks.shared.redaction import Redactor

NOW = datetime(2027, 2, 28, 15, 0, tzinfo=UTC)
THEN = "Thu, 26 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ((200, 201, 202, 204, 206, 299), None),
        ((401,), Credentials),
        ((400, 403, 413, 414, 415, 422, 451), Rejected),
        ((402, 404, 405, 407, 410, 421, 423, 425, 426, 428, 429, 431), NotSent),
        ((301, 307, 308), NotSent),
        ((408, 409, 499), OutcomeUnknown),
        ((300, 302, 303, 304), OutcomeUnknown),
        ((500, 501, 502, 503, 504, 507, 520, 529, 599), OutcomeUnknown),
        ((100, 199, 600, 999), OutcomeUnknown),
    ],
)
def test_a_status_says_whether_the_post_can_exist(
    statuses: tuple[int, ...], kind: type[PublishError] | None
) -> None:
    assert {classify_status(status) for status in statuses} == {kind}


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


@given(
    st.dictionaries(
        st.sampled_from(["Retry-After", "X-RateLimit-Reset", "RateLimit-Remaining", "Date"]),
        st.text() | st.sampled_from([THEN, "9" * 11, "Fri, 31 Dec 9999 23:59:59 -1000"]),
    ),
    st.integers(100, 599),
)
def test_no_header_can_break_the_reader(headers: dict[str, str], status: int) -> None:
    wait = parse_rate_limit(status, headers, NOW)
    assert wait is None or NOW < wait <= NOW + MAX_WAIT


def test_every_guise_of_a_secret_is_redacted() -> None:
    text = "token to/ken%3A1 and to%2Fken%253A1 in to/ken"
    assert Redactor(["to/ken%3A1", "to/ken", ""])(text) == "token *** and *** in ***"


def test_only_not_sent_carries_a_wait() -> None:
    wait = timedelta(seconds=5)
    error = make_error(NotSent, "wait for s3cret", ["s3cret"], wait)
    assert isinstance(error, NotSent)
    assert error.retry_after == wait
    assert str(error) == "wait for ***"
    assert not hasattr(make_error(Rejected, "no", (), wait), "retry_after")


def test_a_cause_is_kept_unless_it_would_leak() -> None:
    clean, leaky = ValueError("harmless"), ValueError("with s3cret inside")
    assert safe_cause(clean, ["s3cret"]) is clean
    assert safe_cause(leaky, ["s3cret"]) is None


def test_before_the_post_nothing_is_unknown() -> None:
    with pytest.raises(NotSent, match="lost"), unknown_as_not_sent():
        raise OutcomeUnknown("lost")
    with pytest.raises(Rejected), unknown_as_not_sent():
        raise Rejected("too large")


def test_a_look_up_only_fails_or_finds_dead_credentials() -> None:
    for error in (OutcomeUnknown("lost"), Rejected("no"), NotSent("later")):
        with pytest.raises(NotSent), failures_as_not_sent():
            raise error
    with pytest.raises(Credentials), failures_as_not_sent():
        raise Credentials("revoked")
