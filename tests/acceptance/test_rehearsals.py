"""A rehearsal changes nothing that is real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.ledger.store import Ledger
from perihelion.model.deliveries import State
from tests.fakes.bot_installation import BotInstallation
from tests.fakes.ledger_testbed import LEASE, LedgerTestbed, make_planned

if TYPE_CHECKING:
    from pathlib import Path

EVENING = "2027-03-02T20:00Z"


def test_a_rehearsal_without_a_state_folder_leaves_no_trace(tmp_path: Path) -> None:
    bot = BotInstallation(tmp_path, keeps_rehearsals=False)
    for _ in range(2):
        said = bot("once", "--at", EVENING)
        assert said.code == 0
        assert "sent  local:" in said.out, "and the second rehearsal plays the same again"
        assert "--state DIR" in said.err
    assert not bot.state.exists()


def test_a_rehearsal_without_a_state_folder_never_uses_the_database(tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": "postgresql://user:hidden-word@127.0.0.1:1/nowhere"}
    bot = BotInstallation(tmp_path, nowhere, keeps_rehearsals=False)
    said = bot("once", "--at", EVENING)
    assert said.code == 0
    assert "sent  local:" in said.out


def test_a_rehearsal_on_a_real_ledger_leaves_the_posts_of_other_accounts_alone(
    tmp_path: Path,
) -> None:
    """The account's variables were unset for the rehearsal, as the program itself advises."""
    bot = BotInstallation(tmp_path)
    bot.state.mkdir()
    testbed = LedgerTestbed(f"sqlite:///{bot.state}/ledger.sqlite3")
    ledger = testbed.open_ledger("worker")
    ledger.migrate(datetime.now(UTC))
    testbed.clocks.now = datetime.now(UTC)
    testbed.promise_deliveries(ledger, make_planned(1, due=testbed.clocks.now))
    testbed.close()
    later = datetime.now(UTC) + timedelta(days=30)
    assert bot("once", "--at", later.isoformat()).code == 0
    after = Ledger(testbed.url, "visitor", LEASE, lambda: later, lambda: 0.0)
    assert {one.state for one in after.list_deliveries() if one.key.account == "mastodon"} == {
        State.DUE
    }
    after.close()
