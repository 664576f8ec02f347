"""Killed at exact points of a delivery's way, and started again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.fakes.sabotage import POINTS, Sabotage
from tests.fakes.stage import KINDS, Stage, await_

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {1: (4, 12), 2: (4, 20), 8: (6, 24)}
"""Workers: accounts, and events for each. Enough that no point finds the work done."""


@pytest.mark.slow
@pytest.mark.parametrize("workers", sorted(SIZES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_any_exact_point_neither_doubles_nor_loses(
    kind: str, workers: int, database: str | None, tmp_path: Path
) -> None:
    accounts, events = SIZES[workers]
    points = random.sample(POINTS, len(POINTS))
    with Stage(tmp_path, kind, database, accounts=accounts, events=events) as stage:
        stage.be_born()
        for point in points:
            runs = stage.workers(workers, lambda: Sabotage(point, random.randint(1, 3)))  # noqa: B023 - called at once
            await_(lambda: any(run.killed for run in runs), lambda: f"{point}: {runs[0].text()}")  # noqa: B023 - as above
            for run in runs:
                run.kill()
            assert not stage.settled(), f"{point} came too late in {points}"
        stage.finish(min(workers, 2))
        stage.verify()
        stage.verify_history()
