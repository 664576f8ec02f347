"""An exchange that was drafted before the ledger's lock was taken is written only if it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.ledger import store
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerVersionMismatch
from tests.fakes.ledger_testbed import (
    HOUR,
    MINUTE,
    NOON,
    make_key,
    make_planned,
    make_result,
    prepare_to_send,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.ledger.values import ClaimPrepared
    from perihelion.model.deliveries import Delivery
    from tests.fakes.ledger_testbed import LedgerTestbed


@pytest.fixture(autouse=True)
def _draft_every_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MIN_RESULTS_TO_READ_AHEAD", 0)


def run_during_prepare(act: Callable[[], object]) -> Callable[[Delivery], ClaimPrepared]:
    """Prepare as usual, but for the first one: something happens while it is prepared."""
    acts = [act]

    def prepare_after_act(delivery: Delivery) -> ClaimPrepared:
        if acts:
            acts.pop()()
        return prepare_to_send(delivery)

    return prepare_after_act


def test_what_was_called_missed_meanwhile_is_not_claimed(sqlite_testbed: LedgerTestbed) -> None:
    ledger, other = sqlite_testbed.open_worker(), sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(1, late=NOON + MINUTE), make_planned(2))
    (claim,) = sqlite_testbed.claim_deliveries(
        ledger, run_during_prepare(lambda: other.mark_missed(NOON + HOUR))
    )
    assert claim.delivery.key == make_key(2)
    assert sqlite_testbed.delivery_state(1) is State.MISSED
    assert [step.after for step in ledger.list_history(make_key(1))] == [State.DUE, State.MISSED]


def test_what_another_worker_claimed_meanwhile_is_claimed_once(
    sqlite_testbed: LedgerTestbed,
) -> None:
    ledger, other = sqlite_testbed.open_worker(), sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(1))
    taken: list[int] = []
    prepare = run_during_prepare(lambda: taken.append(len(sqlite_testbed.claim_deliveries(other))))
    assert sqlite_testbed.claim_deliveries(ledger, prepare) == []
    assert taken == [1]


def test_a_result_whose_account_was_taken_over_meanwhile_is_refused(
    sqlite_testbed: LedgerTestbed,
) -> None:
    ledger, other = sqlite_testbed.open_worker(), sqlite_testbed.open_worker()
    for account in ("a", "b"):
        sqlite_testbed.promise_deliveries(ledger, make_planned(1, account))
    (claim,) = sqlite_testbed.claim_deliveries(ledger, accounts=["a"])
    late = make_result(claim)

    def take_over() -> None:
        sqlite_testbed.execute_sql(
            "UPDATE accounts SET fence = 7, holder = 'other' WHERE name = 'a'"
        )

    terms = sqlite_testbed.make_terms(ledger, ["b"])
    now = sqlite_testbed.clocks.now
    refused, claims = ledger.exchange([late], terms, run_during_prepare(take_over), now)
    assert refused == [late[1]]
    assert [one.delivery.key for one in claims] == [make_key(1, "b")]
    assert sqlite_testbed.delivery_state(1, "a") is State.SENDING
    other.close()


def test_a_ledger_that_was_migrated_meanwhile_is_left_alone(sqlite_testbed: LedgerTestbed) -> None:
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(1))

    def change_revision() -> None:
        sqlite_testbed.execute_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(LedgerVersionMismatch):
        sqlite_testbed.claim_deliveries(ledger, run_during_prepare(change_revision))
    assert sqlite_testbed.delivery_state(1) is State.DUE
