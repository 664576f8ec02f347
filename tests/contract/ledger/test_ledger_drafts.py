"""An exchange that was drafted before the ledger's lock was taken is written only if it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.ledger import store
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerVersionMismatch
from tests.fakes.ledgers import HOUR, MINUTE, NOON, key, planned, send, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.ledger.values import ClaimPrepared
    from perihelion.model.deliveries import Delivery
    from tests.fakes.ledgers import World


@pytest.fixture(autouse=True)
def _drafted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MIN_RESULTS_TO_READ_AHEAD", 0)


def meanwhile(act: Callable[[], object]) -> Callable[[Delivery], ClaimPrepared]:
    """Prepare as usual, but for the first one: something happens while it is prepared."""
    acts = [act]

    def prepare(delivery: Delivery) -> ClaimPrepared:
        if acts:
            acts.pop()()
        return send(delivery)

    return prepare


def test_what_was_called_missed_meanwhile_is_not_claimed(sqlite_world: World) -> None:
    ledger, other = sqlite_world.worker(), sqlite_world.worker()
    sqlite_world.promise(ledger, planned(1, late=NOON + MINUTE), planned(2))
    (claim,) = sqlite_world.claim(ledger, meanwhile(lambda: other.mark_missed(NOON + HOUR)))
    assert claim.delivery.key == key(2)
    assert sqlite_world.state(1) is State.MISSED
    assert [step.after for step in ledger.list_history(key(1))] == [State.DUE, State.MISSED]


def test_what_another_worker_claimed_meanwhile_is_claimed_once(sqlite_world: World) -> None:
    ledger, other = sqlite_world.worker(), sqlite_world.worker()
    sqlite_world.promise(ledger, planned(1))
    taken: list[int] = []
    prepare = meanwhile(lambda: taken.append(len(sqlite_world.claim(other))))
    assert sqlite_world.claim(ledger, prepare) == []
    assert taken == [1]


def test_a_result_whose_account_was_taken_over_meanwhile_is_refused(sqlite_world: World) -> None:
    ledger, other = sqlite_world.worker(), sqlite_world.worker()
    for account in ("a", "b"):
        sqlite_world.promise(ledger, planned(1, account))
    (claim,) = sqlite_world.claim(ledger, accounts=["a"])
    late = settled(claim)

    def take_over() -> None:
        sqlite_world.execute("UPDATE accounts SET fence = 7, holder = 'other' WHERE name = 'a'")

    terms = sqlite_world.terms(ledger, ["b"])
    now = sqlite_world.clocks.now
    refused, claims = ledger.exchange([late], terms, meanwhile(take_over), now)
    assert refused == [late[1]]
    assert [one.delivery.key for one in claims] == [key(1, "b")]
    assert sqlite_world.state(1, "a") is State.SENDING
    other.close()


def test_a_ledger_that_was_migrated_meanwhile_is_left_alone(sqlite_world: World) -> None:
    ledger = sqlite_world.worker()
    sqlite_world.promise(ledger, planned(1))

    def migrate() -> None:
        sqlite_world.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(LedgerVersionMismatch):
        sqlite_world.claim(ledger, meanwhile(migrate))
    assert sqlite_world.state(1) is State.DUE
