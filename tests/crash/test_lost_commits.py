"""A ledger that forgets its last commits, and a host that is replaced by one with a new ledger."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import CrashHarness, wait_until
from tests.fakes.database_fixtures import to_driver_url

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS, EVENTS = 3, 6
SLOWEST = 0.3
"""Seconds that a post takes at most."""


def kill_in_the_middle(harness: CrashHarness) -> int:
    """A worker sends a third and dies while it sends more; returns how many posts stand then."""
    harness.set_latency(0.1, SLOWEST)
    run = harness.start_bot("run")
    wait_until(lambda: harness.count_posts().total() >= ACCOUNTS * EVENTS // 3, run.read_output)
    run.kill()
    time.sleep(2 * SLOWEST)  # what had left has arrived by then
    return harness.count_posts().total()


def ask_when_late(harness: CrashHarness) -> None:
    """From now on, what is promised minutes late is late, as in earnest."""
    harness.environ.pop("PROMPT_PROMISE", None)


def finish_and_verify(harness: CrashHarness, kind: str, before: int) -> None:
    """Nothing is doubled; only where nobody can be asked, the rest stays unsent, and says why."""
    harness.run_until_settled()
    harness.verify_history()
    if kind != "none":
        assert set(harness.verify_deliveries()) == {State.SENT}
        return
    assert harness.count_posts().total() == before
    assert max(harness.count_posts().values()) == 1, "doubled"
    for one in harness.list_deliveries():
        assert one.state in {State.MISSED, State.HELD, State.SENT}
        assert one.state is State.SENT or one.reason


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_ledger_that_lost_its_wal_doubles_and_loses_nothing(kind: str, tmp_path: Path) -> None:
    with CrashHarness(tmp_path, kind, None, accounts=ACCOUNTS, events=EVENTS) as harness:
        harness.create_old_ledger()
        posted = kill_in_the_middle(harness)
        for suffix in ("-wal", "-shm"):
            (harness.state / f"ledger.sqlite3{suffix}").unlink()
        assert harness.count_states().get(State.SENT, 0) < posted, "nothing was lost"
        ask_when_late(harness)
        if kind == "none":  # nobody can be asked: a person tells the ledger that it is old
            restored = harness.start_bot("restore")
            assert restored.wait() == 0, restored.read_output()
        finish_and_verify(harness, kind, posted)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_new_host_with_a_ledger_of_its_own_doubles_and_loses_nothing(
    kind: str, database: str | None, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The old host died while it was sending, and nobody has its ledger."""
    with CrashHarness(tmp_path, kind, database, accounts=ACCOUNTS, events=EVENTS) as harness:
        harness.create_old_ledger()
        posted = kill_in_the_middle(harness)
        ask_when_late(harness)
        harness.state = tmp_path / "another-host"
        harness.environ["PERIHELION_STATE"] = str(harness.state)
        harness.url = f"sqlite:///{harness.state / 'ledger.sqlite3'}"
        if database is not None:
            name = f"crash_{uuid.uuid4().hex}"
            harness.environ["DATABASE_URL"] = request.getfixturevalue("postgres").create_database(
                name
            )
            harness.url = to_driver_url(harness.environ["DATABASE_URL"])
        migration = harness.start_bot("migrate")
        assert migration.wait() == 0, migration.read_output()
        finish_and_verify(harness, kind, posted)
