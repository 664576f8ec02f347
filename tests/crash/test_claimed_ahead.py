"""Killed and stopped with more deliveries claimed than requests can be in flight."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.stage import KINDS, Stage, await_

if TYPE_CHECKING:
    from pathlib import Path

SENT_AT_ONCE = WorkerOptions().max_in_flight
ACCOUNTS = SENT_AT_ONCE + WorkerOptions().max_claimed_ahead
KILLS = 3
GRACE = 10.0


def ahead(stage: Stage) -> bool:
    """Whether more is claimed than can be in flight."""
    return stage.counts().get(State.SENDING, 0) > SENT_AT_ONCE


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(300)
def test_kills_with_claims_ahead_neither_double_nor_lose(
    kind: str, database: str | None, tmp_path: Path
) -> None:
    moments = random.Random()
    with Stage(tmp_path, kind, database, accounts=ACCOUNTS, events=4 * KILLS) as stage:
        stage.be_born()
        stage.slow_down(0.1, 0.3)
        for _ in range(KILLS):
            run = stage.start("run")
            if kind == "none":
                await_(lambda: stage.counts().get(State.SENDING, 0) > 0, run.text)
            else:
                await_(lambda: ahead(stage), run.text)
            time.sleep(moments.uniform(0, 0.1))  # the kill's moment is what is being tested
            run.kill()
        stage.finish()
        states = stage.verify()
        stage.verify_history()
    held = states[State.HELD]
    assert held <= (KILLS * SENT_AT_ONCE if kind == "none" else 0), "only what may have left"


@pytest.mark.slow
def test_a_stop_with_claims_ahead_leaves_nothing_in_doubt(
    database: str | None, tmp_path: Path
) -> None:
    with Stage(tmp_path, "lookup", database, accounts=ACCOUNTS, events=4) as stage:
        stage.be_born()
        stage.slow_down(0.2, 0.4)
        run = stage.start("run", environ={"PERIHELION_LEASE": "120"})
        await_(lambda: ahead(stage), run.text)
        run.signal(signal.SIGTERM)
        assert run.wait(GRACE) == 0, run.text()
        assert set(stage.counts()) <= {State.DUE, State.WAITING, State.SENT}
        stage.finish()
        assert set(stage.verify()) == {State.SENT}
