"""Races: many workers at once, and never the same delivery twice."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.ledger_testbed import HOUR, LEASE, NOON, make_key, make_planned
from tests.fakes.ledger_worker import claim_until_sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.ledger_testbed import LedgerTestbed

ACCOUNTS = ("a", "b", "c", "d", "e")
EACH = 12
ROOT = Path(__file__).parents[3]


@pytest.fixture
def promised_testbed(testbed: LedgerTestbed) -> LedgerTestbed:
    """Five accounts with a dozen deliveries each."""
    ledger = testbed.open_ledger()
    for account in ACCOUNTS:
        testbed.promise_deliveries(
            ledger, *(make_planned(number, account) for number in range(1, EACH + 1))
        )
    return testbed


def assert_each_sent_once(testbed: LedgerTestbed, sent: Iterable[str]) -> None:
    """By what the workers saw, and by what the ledger wrote down."""
    expected = [str(make_key(number, name)) for name in ACCOUNTS for number in range(1, EACH + 1)]
    assert sorted(sent) == sorted(expected)
    tables = testbed.dump_tables()
    steps = [(row.key, row.from_state, row.to_state) for row in tables["history"]]
    assert len(steps) == len(set(steps)) == 3 * len(expected)
    assert {row.attempts for row in tables["deliveries"]} == {1}
    assert {row.fence for row in tables["accounts"]} == {EACH}
    assert {row.holder for row in tables["accounts"]} == {None}
    assert {row.state for row in tables["deliveries"]} == {State.SENT.value}


def test_threads_that_race_send_each_delivery_once(promised_testbed: LedgerTestbed) -> None:
    ledgers = [promised_testbed.open_worker() for _ in range(6)]
    with ThreadPoolExecutor(len(ledgers)) as pool:
        sent = pool.map(lambda ledger: list(claim_until_sent(ledger, ACCOUNTS)), ledgers)
        assert_each_sent_once(promised_testbed, [name for one in sent for name in one])


def test_processes_that_race_send_each_delivery_once(promised_testbed: LedgerTestbed) -> None:
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.fakes.ledger_worker",
                promised_testbed.url,
                f"worker-{n}",
                *ACCOUNTS,
            ],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        for n in range(4)
    ]
    sent = [line for process in processes for line in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in processes] == [0] * len(processes)
    assert_each_sent_once(promised_testbed, sent)


def test_of_many_that_sweep_and_claim_at_once_each_delivery_goes_one_way(
    testbed: LedgerTestbed,
) -> None:
    """Each is just too late for the sweepers' clock and just in time for the claimers'."""
    ledger = testbed.open_ledger()
    for account in ACCOUNTS:
        items = [make_planned(number, account, late=NOON + HOUR) for number in range(1, EACH + 1)]
        testbed.promise_deliveries(ledger, *items)
    workers = [testbed.open_worker() for _ in range(6)]

    def sweep_or_claim(turn: int) -> int:
        if turn % 2:
            return sum(worker_sweeps(turn) for _ in range(10))
        return len(testbed.claim_deliveries(workers[turn], accounts=ACCOUNTS, limit=1))

    def worker_sweeps(turn: int) -> int:
        return workers[turn].mark_missed(NOON + HOUR)

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(sweep_or_claim, range(len(workers))))
    tables = testbed.dump_tables()
    for row in tables["deliveries"]:
        steps = [r for r in tables["history"] if r.key == row.key]
        assert [(r.from_state, r.to_state) for r in steps] == [
            (None, "due"),
            ("due", row.state),
        ]


def test_deleting_a_live_workers_lock_file_does_not_end_its_claim_before_its_lease(
    sqlite_testbed: LedgerTestbed,
) -> None:
    sender = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(sender, make_planned(1))
    assert sqlite_testbed.claim_deliveries(sender)
    for file in Path(sqlite_testbed.url.removeprefix("sqlite:///")).parent.glob("workers/*.lock"):
        file.unlink()
    other = sqlite_testbed.open_worker()
    assert sqlite_testbed.expire_claims(other) == []
    sqlite_testbed.clocks.advance_time(LEASE)
    assert sqlite_testbed.expire_claims(other) == ["mastodon"]
