from __future__ import annotations

from datetime import timedelta

import pytest

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    PublishError,
    Rejected,
)
from perihelion.networks.shared.error_classification import (
    classify_status,
    failures_as_not_sent,
    make_error,
    safe_cause,
    unknown_as_not_sent,
)
from perihelion.networks.shared.redaction import Redactor


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
