"""Killed at random moments, while servers lose, break and delay their answers.

PERIHELION_TEST_KILLS says how many kills each combination gets; by default all of them together
get somewhat more than 200.
"""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import KINDS, CrashHarness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.bot_process import BotProcess

KILLS = int(os.environ.get("PERIHELION_TEST_KILLS", "13"))
ACCOUNTS = 8
FAULT_SHARE = 0.1
"""The share of answers that are spoiled."""
IDLE_SHARE = 0.2
"""The share of kills that do not wait until their worker has settled its first delivery."""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 8])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(300 + 10 * KILLS)
def test_kills_at_random_moments_neither_double_nor_lose(
    kind: str, workers: int, database: str | None, tmp_path: Path
) -> None:
    moments = random.Random()
    interrupted = caught = 0
    with CrashHarness(tmp_path, kind, database, accounts=ACCOUNTS, events=24 + KILLS) as harness:
        harness.create_old_ledger()
        harness.set_fault_share(FAULT_SHARE)
        harness.set_latency(0.1, 0.5)
        runs = harness.start_workers(workers)
        for _ in range(KILLS):
            victim = choose_worker(runs, moments)
            time.sleep(moments.uniform(0, 0.1))  # the kill's moment is what is being tested
            runs[victim].kill()
            counts = harness.count_states()
            interrupted += not harness.is_settled(counts)
            caught += counts.get(State.SENDING, 0) > 0
            runs[victim] = harness.start_workers(1)[0]
        for run in runs:
            run.kill()
        harness.run_until_settled(min(workers, 2))
        states = harness.verify_deliveries()
        harness.verify_history()
    assert interrupted > KILLS * 0.8, "the work was done before many of the kills"
    assert caught > KILLS * 0.3, "hardly any kill found a delivery under way"
    if kind == "none":
        assert states[State.HELD], "nobody can tell"
    else:
        assert states[State.HELD] <= KILLS // 4, "only what was interrupted twice"


def choose_worker(runs: list[BotProcess], moments: random.Random) -> int:
    """A worker that is at work; sometimes any, which may be starting still."""
    busy: list[int] = []
    if moments.random() > IDLE_SHARE:
        end = time.monotonic() + 5
        while not busy and time.monotonic() < end:
            busy = [number for number, run in enumerate(runs) if run.has_settled]
            time.sleep(0.005)
    return moments.choice(busy or range(len(runs)))
