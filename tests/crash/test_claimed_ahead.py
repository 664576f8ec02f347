"""Killed and stopped with more deliveries claimed than requests can be in flight."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.crash_harness import KINDS, CrashHarness, wait_until

if TYPE_CHECKING:
    from pathlib import Path

SENT_AT_ONCE = WorkerOptions().max_in_flight
ACCOUNTS = SENT_AT_ONCE + WorkerOptions().max_claimed_ahead
KILLS = 3
GRACE = 25.0
"""Seconds in which a stop must be over: hosts give 30."""


def has_claimed_ahead(harness: CrashHarness) -> bool:
    """Whether more is claimed than can be in flight."""
    return harness.count_states().get(State.SENDING, 0) > SENT_AT_ONCE


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(300)
def test_kills_with_claims_ahead_neither_double_nor_lose(
    kind: str, database: str | None, tmp_path: Path
) -> None:
    moments = random.Random()
    with CrashHarness(tmp_path, kind, database, accounts=ACCOUNTS, events=4 * KILLS) as harness:
        harness.create_old_ledger()
        harness.set_latency(0.1, 0.3)
        for _ in range(KILLS):
            run = harness.start_bot("run")
            if kind == "none":
                wait_until(
                    lambda: harness.count_states().get(State.SENDING, 0) > 0, run.read_output
                )
            else:
                wait_until(lambda: has_claimed_ahead(harness), run.read_output)
            time.sleep(moments.uniform(0, 0.1))  # the kill's moment is what is being tested
            run.kill()
        harness.run_until_settled()
        states = harness.verify_deliveries()
        harness.verify_history()
    held = states[State.HELD]
    assert held <= (KILLS * SENT_AT_ONCE if kind == "none" else 0), "only what may have left"


@pytest.mark.slow
def test_a_stop_with_claims_ahead_leaves_nothing_in_doubt(
    database: str | None, tmp_path: Path
) -> None:
    with CrashHarness(tmp_path, "lookup", database, accounts=ACCOUNTS, events=4) as harness:
        harness.create_old_ledger()
        harness.set_latency(0.2, 0.4)
        run = harness.start_bot("run", environ={"PERIHELION_LEASE": "120"})
        wait_until(lambda: has_claimed_ahead(harness), run.read_output)
        run.send_signal(signal.SIGTERM)
        assert run.wait(GRACE) == 0, run.read_output()
        assert set(harness.count_states()) <= {State.DUE, State.WAITING, State.SENT}
        harness.run_until_settled()
        assert set(harness.verify_deliveries()) == {State.SENT}
