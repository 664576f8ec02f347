"""A worker that stands still with a claim in its hand, loses it, and then goes on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import KINDS, CrashHarness, wait_until
from tests.fakes.crash_points import CrashPoint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_slept_past_its_lease_sends_nothing_with_its_old_claim(
    kind: str, database: str | None, tmp_path: Path
) -> None:
    with CrashHarness(tmp_path, kind, database, accounts=2, events=3) as harness:
        harness.create_old_ledger()
        asleep = harness.start_bot(
            "run", crash_point=CrashPoint("after-claim", signal_number=signal.SIGSTOP)
        )
        wait_until(lambda: harness.count_states().get(State.SENDING, 0) > 0, asleep.read_output)
        harness.run_until_settled()
        before = harness.count_posts()
        asleep.send_signal(signal.SIGCONT)
        asleep.send_signal(signal.SIGTERM)
        assert asleep.wait(20) == 0, asleep.read_output()
        assert harness.count_posts() == before
        assert harness.verify_deliveries()[State.HELD] <= (2 if kind == "none" else 0)
        harness.verify_history()
