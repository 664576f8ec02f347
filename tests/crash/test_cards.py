"""A card survives a kill and the loss of the disk: the same bytes, and one post."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.fakes.crash_harness import CrashHarness, wait_until
from tests.fakes.crash_points import CrashPoint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize(("answers", "uploads"), [(1, 2), (2, 1)])
def test_a_card_is_the_same_after_a_kill_and_a_new_disk(
    answers: int, uploads: int, database: str | None, tmp_path: Path
) -> None:
    """Killed when the upload's answer comes, which is made anew; or the post's, which is not."""
    if database is None:
        pytest.skip("SQLite is on the disk that is lost")
    with CrashHarness(
        tmp_path, "lookup", database, accounts=1, events=1, asks_when_late=True, cards="all"
    ) as harness:
        harness.create_old_ledger()
        (run,) = harness.start_workers(1, lambda: CrashPoint("acted", answers))
        wait_until(lambda: run.was_killed, run.read_output)
        shutil.rmtree(harness.state, ignore_errors=True)
        schedule = harness.day.path  # a card drawn now would say something else
        schedule.write_text(
            schedule.read_text("utf-8").replace("takes place", "took place"), "utf-8"
        )
        harness.run_until_settled()
        harness.verify_deliveries()
        assert len(harness.list_uploads()) == uploads
        assert len(set(harness.list_uploads())) == 1
        assert sum(harness.count_posts().values()) == 1
