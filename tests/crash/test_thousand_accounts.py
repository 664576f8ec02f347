"""All workers killed while a thousand accounts have their posts due at one instant."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import CrashHarness, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.bot_process import BotProcess

ACCOUNTS = 1000
SECONDS_A_LINE = 0.01
"""Lines are written one after the other, so that the instant takes ten seconds at least."""


def create_old_ledger(harness: CrashHarness) -> None:
    """A ledger that has known its accounts for days; no program is started for it."""
    before = datetime.now(UTC) - timedelta(days=10)
    harness.state.mkdir()
    ledger = harness.ledger
    ledger.migrate(before)
    ledger.register_accounts(dict.fromkeys(harness.day.accounts, harness.kind), before)
    ledger.close()


def kill_at_a_random_moment(run: BotProcess, moments: random.Random) -> None:
    time.sleep(moments.uniform(0, 0.5))  # the kill's moment is what is being tested
    run.kill()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "workers"), [("sqlite", 2), ("postgresql", 4)], indirect=["database"]
)
def test_kills_in_the_instant_of_a_thousand_accounts_neither_double_nor_lose(
    database: str | None, workers: int, tmp_path: Path
) -> None:
    moments = random.Random()
    with CrashHarness(tmp_path, "local", database, accounts=ACCOUNTS, events=1) as harness:
        create_old_ledger(harness)
        harness.environ |= {"FORGETFUL_LINES": "yes", "PERIHELION_TICK": "2"}
        harness.set_latency(SECONDS_A_LINE, SECONDS_A_LINE)
        runs = harness.start_workers(workers)
        wait_until(lambda: any(run.has_settled for run in runs), runs[0].read_output)
        runs.sort(key=lambda run: not run.has_settled)
        kill_at_a_random_moment(runs[0], moments)
        counts = harness.count_states()
        assert counts.get(State.SENDING, 0) + counts.get(State.UNKNOWN, 0), "caught at nothing"
        for run in runs[1:]:
            kill_at_a_random_moment(run, moments)
        harness.run_until_settled(2)
        assert set(harness.verify_deliveries()) == {State.SENT}
        harness.verify_history()
