"""What a process says of its deliveries, and how loudly."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime

import pytest

from perihelion.ledger.values import Action, Claim, Settlement
from perihelion.model.deliveries import Delivery, DeliveryKey, State
from perihelion.service.outcome_log import OutcomeLog

NOW = datetime(2027, 3, 2, 12, tzinfo=UTC)


def make_result(
    state: State,
    *,
    number: int = 1,
    action: Action = Action.SEND,
    broken: bool | None = None,
) -> tuple[Claim, Settlement]:
    key = DeliveryKey("mastodon", "year-in-space/landing", number)
    delivery = Delivery(key, "mastodon", State.SENDING, date(2027, 3, 2), NOW, NOW, 1)
    claim = Claim(delivery, action, fence=1)
    return claim, Settlement(
        key, 1, state, "why", credentials_refused=broken, account_reason="refused"
    )


@pytest.mark.parametrize(
    ("state", "level"),
    [
        (State.SENT, logging.INFO),
        (State.WAITING, logging.WARNING),
        (State.UNKNOWN, logging.WARNING),
        (State.REJECTED, logging.ERROR),
        (State.HELD, logging.ERROR),
    ],
)
def test_the_log_is_as_loud_as_the_case(
    state: State, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    OutcomeLog().record_outcome(*make_result(state))
    (record,) = caplog.records
    assert (record.levelno, record.message) == (level, state.value)
    assert vars(record)["key"] == "mastodon:year-in-space/landing:1-years:1"


def test_a_look_that_found_nothing_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    OutcomeLog().record_outcome(*make_result(State.WAITING, action=Action.FIND))
    assert [record.levelno for record in caplog.records] == [logging.INFO]


def test_only_the_last_word_on_each_delivery_is_kept() -> None:
    outcomes = OutcomeLog()
    for state, number in [(State.WAITING, 1), (State.SENT, 2), (State.SENT, 1)]:
        outcomes.record_outcome(*make_result(state, number=number))
    assert [
        (s.key.count, s.state) for s in (one.settlement for one in outcomes.latest_outcomes)
    ] == [
        (2, State.SENT),
        (1, State.SENT),
    ]


def test_a_stopped_account_is_told_once_until_it_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    outcomes = OutcomeLog()
    for broken in (True, True, None, True, False, True):
        outcomes.record_outcome(*make_result(State.WAITING, broken=broken))
    stops = [record for record in caplog.records if "account stopped" in record.message]
    assert len(stops) == 2


@pytest.mark.parametrize(
    ("state", "broken", "wrong"),
    [
        (State.SENT, False, False),
        (State.WAITING, None, False),
        (State.UNKNOWN, None, False),
        (State.WAITING, True, True),
        (State.REJECTED, None, True),
        (State.HELD, None, True),
    ],
)
def test_something_is_wrong_when_a_person_is_needed(
    state: State, *, broken: bool | None, wrong: bool
) -> None:
    outcomes = OutcomeLog()
    outcomes.record_outcome(*make_result(state, broken=broken))
    assert outcomes.needs_attention is wrong
