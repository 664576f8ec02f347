"""Ten of them at the same moment, as ten cron jobs would: one post each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import KINDS, CrashHarness

if TYPE_CHECKING:
    from pathlib import Path

TOGETHER = 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_once_at_the_same_moment_post_everything_one_time(
    kind: str, database: str | None, tmp_path: Path
) -> None:
    with CrashHarness(tmp_path, kind, database, accounts=2, events=5) as harness:
        patient = {"PERIHELION_LEASE": "120"}  # ten on two cores are slow, and none of them is dead
        if database is None:
            patient["DATABASE_URL"] = (
                f"{harness.url}?timeout=60"  # nor does one lock the others out
            )
        if kind == "none":
            harness.create_old_ledger()  # a new ledger would not post what is older than itself
        runs = [harness.start_bot("once", environ=patient) for _ in range(TOGETHER)]
        for run in runs:
            assert run.wait(120) == 0, run.read_output()
        assert harness.is_settled(), harness.describe_open_deliveries()
        assert sum(harness.count_posts().values()) == len(harness.day.delivery_keys())
        assert set(harness.verify_deliveries()) == {State.SENT}
        harness.verify_history()
        again = harness.start_bot("once")
        assert again.wait() == 0
        assert "Nothing to post" in again.read_output()
