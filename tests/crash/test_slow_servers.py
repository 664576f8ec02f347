"""Servers that take longer than a request may, and show posts late; workers die and stand still.

All times are a twentieth of the real ones: a server that takes 30 or 90 seconds for a post and
shows it up to 90 seconds later, a request that may take 25, a patience and a lease of 120.
"""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import CrashHarness, wait_until

if TYPE_CHECKING:
    from pathlib import Path

SCALE = 20
SECONDS = {"keyed": (90, 20), "lookup": (30, 90), "none": (90, 20)}
"""How long a post takes to be made, and then to be shown, on each kind of network."""


def is_sending(harness: CrashHarness) -> bool:
    return harness.count_states().get(State.SENDING, 0) > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", SECONDS)
def test_a_slow_server_and_dying_workers_double_and_lose_nothing(
    kind: str, database: str | None, tmp_path: Path
) -> None:
    making, showing = SECONDS[kind]
    with CrashHarness(tmp_path, kind, database, accounts=2, events=3) as harness:
        harness.create_old_ledger()
        harness.environ |= {
            "REQUEST_DEADLINE": str(25 / SCALE),
            "PERIHELION_PATIENCE": str(120 / SCALE),
            "PERIHELION_LEASE": str(120 / SCALE),
        }
        harness.slow_down(making / SCALE, timedelta(seconds=showing / SCALE))
        killed, frozen = harness.start_workers(2)
        # A worker that was stopped before it had started would have nothing to do with the posts.
        wait_until(lambda: killed.has_started and frozen.has_started, killed.read_output)
        wait_until(lambda: is_sending(harness), killed.read_output)
        killed.kill()
        frozen.send_signal(signal.SIGSTOP)
        replaced = harness.start_bot("run")
        time.sleep(1.5 * 120 / SCALE)  # beyond the lease: that is what is being tested
        frozen.send_signal(signal.SIGCONT)
        wait_until(harness.is_settled, harness.describe_open_deliveries, 180)
        wait_until(lambda: replaced.has_started, replaced.read_output)
        for run in (frozen, replaced):
            run.send_signal(signal.SIGTERM)
            assert run.wait(20) == 0, run.read_output()
        states = harness.verify_deliveries()
        harness.verify_history()
    assert kind == "none" or states[State.HELD] <= 1, states
