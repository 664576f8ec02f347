"""A worker in a process of its own: sends all it can get, and prints what it sent.

`python -m tests.fakes.ledger_worker URL NAME ACCOUNT...`; with `--migrate` it makes the ledger
first, and with `--idle` it only enters and leaves.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.ledger.store import Ledger
from perihelion.ledger.values import ClaimRequest
from perihelion.model.deliveries import State
from tests.fakes.ledger_testbed import NOON, exchange_with_ledger, make_result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def claim_until_sent(ledger: Ledger, accounts: Sequence[str]) -> Iterator[str]:
    """Claim and settle, a few at a time, until every delivery of the ledger is sent."""
    request = ClaimRequest(NOON, NOON, tuple(accounts), 3)
    claims = exchange_with_ledger(ledger, [], request).claims
    while claims or set(ledger.count_deliveries_by_state()) != {State.SENT}:
        yield from (str(claim.delivery.key) for claim in claims)
        results = [make_result(claim) for claim in claims]
        outcome = exchange_with_ledger(ledger, results, request)
        assert not outcome.stale
        claims = outcome.claims


def main(url: str, name: str, *accounts: str) -> None:
    ledger = Ledger(url, name, timedelta(minutes=5), lambda: NOON, time.monotonic)
    if "--migrate" in accounts:
        ledger.migrate(NOON)
    ledger.register_worker("1.0", NOON)
    sent_keys = claim_until_sent(ledger, [name for name in accounts if not name.startswith("--")])
    for key in () if "--idle" in accounts else sent_keys:
        sys.stdout.write(f"{key}\n")
    ledger.unregister_worker(NOON)
    ledger.close()
    assert threading.active_count() == 1


if __name__ == "__main__":
    main(*sys.argv[1:])
