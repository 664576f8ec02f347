"""A worker that stands still with a claim in its hand, loses it, and then goes on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.sabotage import Sabotage
from tests.fakes.stage import KINDS, Stage, await_

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_slept_past_its_lease_sends_nothing_with_its_old_claim(
    kind: str, database: str | None, tmp_path: Path
) -> None:
    with Stage(tmp_path, kind, database, accounts=2, events=3) as stage:
        stage.be_born()
        asleep = stage.start("run", sabotage=Sabotage("after-claim", strike=signal.SIGSTOP))
        await_(lambda: stage.counts().get(State.SENDING, 0) > 0, asleep.text)
        stage.finish()
        before = stage.posted()
        asleep.signal(signal.SIGCONT)
        asleep.signal(signal.SIGTERM)
        assert asleep.wait(20) == 0, asleep.text()
        assert stage.posted() == before
        stage.verify()
        stage.verify_history()
