"""Ten of them at the same moment, as ten cron jobs would: one post each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.stage import KINDS, Stage

if TYPE_CHECKING:
    from pathlib import Path

TOGETHER = 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_once_at_the_same_moment_post_everything_one_time(
    kind: str, database: str | None, tmp_path: Path
) -> None:
    with Stage(tmp_path, kind, database, accounts=2, events=5) as stage:
        patient = {"PERIHELION_LEASE": "120"}  # ten on two cores are slow, and none of them is dead
        if database is None:
            patient["DATABASE_URL"] = f"{stage.url}?timeout=60"  # nor does one lock the others out
        if kind == "none":
            stage.be_born()  # else it is of a day before its ledger, and not posted at all
        runs = [stage.start("once", environ=patient) for _ in range(TOGETHER)]
        for run in runs:
            assert run.wait(120) == 0, run.text()
        assert stage.settled(), stage.open_stories()
        assert sum(stage.posted().values()) == len(stage.day.keys())
        stage.verify()
        stage.verify_history()
        again = stage.start("once")
        assert again.wait() == 0
        assert "Nothing to post" in again.text()
