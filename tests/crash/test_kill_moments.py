"""Killed at random moments, while servers lose, break and delay their answers.

PERIHELION_TEST_KILLS says how many kills each combination gets; by default all of them together
get somewhat more than 500.
"""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.stage import KINDS, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.program import Run

KILLS = int(os.environ.get("PERIHELION_TEST_KILLS", "21"))
ACCOUNTS = 8
SHAKEN = 0.1
"""The share of answers that are spoiled."""
ASLEEP = 0.2
"""The share of kills that do not wait until their worker has settled its first delivery."""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(300 + 10 * KILLS)
def test_kills_at_random_moments_neither_double_nor_lose(
    kind: str, workers: int, database: str | None, tmp_path: Path
) -> None:
    moments = random.Random()
    interrupted = caught = 0
    with Stage(tmp_path, kind, database, accounts=ACCOUNTS, events=24 + KILLS) as stage:
        stage.be_born()
        stage.shake(SHAKEN)
        stage.slow_down(0.1, 0.5)
        runs = stage.workers(workers)
        for _ in range(KILLS):
            victim = choose(runs, moments)
            time.sleep(moments.uniform(0, 0.1))  # the kill's moment is what is being tested
            runs[victim].kill()
            counts = stage.counts()
            interrupted += not stage.settled(counts)
            caught += counts.get(State.SENDING, 0) > 0
            runs[victim] = stage.workers(1)[0]
        for run in runs:
            run.kill()
        stage.finish(min(workers, 2))
        states = stage.verify()
        stage.verify_history()
    assert interrupted > KILLS * 0.8, "the work was done before many of the kills"
    assert caught > KILLS * 0.3, "hardly any kill found a delivery under way"
    assert set(states) == ({State.SENT, State.HELD} if kind == "none" else {State.SENT})


def choose(runs: list[Run], moments: random.Random) -> int:
    """A worker that is at work; sometimes any, which may be starting still."""
    busy: list[int] = []
    if moments.random() > ASLEEP:
        end = time.monotonic() + 5
        while not busy and time.monotonic() < end:
            busy = [number for number, run in enumerate(runs) if run.has_settled]
            time.sleep(0.005)
    return moments.choice(busy or range(len(runs)))
