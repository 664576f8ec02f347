"""Killed at exact points of a delivery's way, and started again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import KINDS, CrashHarness, wait_until
from tests.fakes.crash_points import POINTS, PROMISE_POINTS, CrashPoint

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {1: (4, 12), 8: (6, 24)}
"""Workers: accounts, and events for each. Enough that no point finds the work done. Two workers are
killed at random in test_kill_moments."""


@pytest.mark.slow
@pytest.mark.parametrize("workers", sorted(SIZES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_any_exact_point_neither_doubles_nor_loses(
    kind: str, workers: int, database: str | None, tmp_path: Path
) -> None:
    accounts, events = SIZES[workers]
    points = random.sample(POINTS, len(POINTS))
    with CrashHarness(tmp_path, kind, database, accounts=accounts, events=events) as harness:
        harness.create_old_ledger()
        harness.set_latency(0.05, 0.2)  # so that nobody finishes while the others are being killed
        for point in points:
            kill_all_at(harness, point, workers)
            assert not harness.is_settled(), f"{point} came too late in {points}"
        harness.set_latency(0, 0)
        harness.run_until_settled(min(workers, 2))
        harness.verify_deliveries()
        harness.verify_history()


def kill_all_at(harness: CrashHarness, point: str, workers: int, nth: int | None = None) -> None:
    """Kill every worker once one of them has died at `point`, which it reaches for the `nth` time.

    Without `nth`, for one of the first three times.
    """
    runs = harness.start_workers(workers, lambda: CrashPoint(point, nth or random.randint(1, 3)))
    wait_until(
        lambda: any(run.was_killed for run in runs), lambda: f"{point}: {runs[0].read_output()}"
    )
    for run in runs:
        run.kill()


@pytest.mark.slow
def test_a_kill_between_two_batches_of_promises_neither_doubles_nor_loses(
    database: str | None, tmp_path: Path
) -> None:
    with CrashHarness(tmp_path, "local", database, accounts=7, events=3) as harness:
        harness.create_old_ledger()
        harness.environ["BATCH_SIZE"] = "2"
        for point in PROMISE_POINTS:
            kill_all_at(harness, point, workers=1, nth=2)
            assert not harness.is_settled()
        harness.run_until_settled(2)
        assert set(harness.verify_deliveries()) == {State.SENT}
        harness.verify_history()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keyed", "lookup"])
def test_what_is_late_is_looked_up_first_and_survives_kills_too(
    kind: str, database: str | None, tmp_path: Path
) -> None:
    with CrashHarness(
        tmp_path, kind, database, accounts=4, events=6, asks_when_late=True
    ) as harness:
        harness.create_old_ledger()
        for point in ("after-claim", "acted", "before-settle"):
            kill_all_at(harness, point, workers=2)
        harness.run_until_settled(2)
        states = harness.verify_deliveries()
        harness.verify_history()
    assert states[State.HELD] <= 3, "only what was interrupted twice"
