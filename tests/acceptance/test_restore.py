"""A backup is put back: what was sent since is not sent again."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

from tests.fakes.bot_installation import BotInstallation

if TYPE_CHECKING:
    from pathlib import Path

MORNING, EVENING = "2027-03-02T06:00Z", "2027-03-02T20:00Z"


def test_a_restored_ledger_is_told_that_it_is_old(tmp_path: Path) -> None:
    bot = BotInstallation(tmp_path)
    assert bot("once", "--at", MORNING).code == 0
    backup = tmp_path / "backup.sqlite3"
    with sqlite3.connect(bot.state / "ledger.sqlite3") as source, sqlite3.connect(backup) as copy:
        source.backup(copy)
    assert bot("once", "--at", EVENING).code == 0
    posted = [line["key"] for line in bot.timeline]
    assert posted
    for file in bot.state.glob("ledger.sqlite3*"):
        file.unlink()
    shutil.copy(backup, bot.state / "ledger.sqlite3")
    said = bot("restore")
    assert said.code == 0
    assert "before sending it" in said.out
    assert bot("once", "--at", EVENING).code == 0
    assert [line["key"] for line in bot.timeline] == posted


def test_restore_refuses_while_a_worker_may_be_running(tmp_path: Path) -> None:
    bot = BotInstallation(tmp_path)
    worker = bot.start("run")
    try:
        for line in worker.stderr or ():
            if '"event": "started"' in line:
                break
        said = bot("restore")
    finally:
        worker.terminate()
        worker.communicate()
    assert said.code == 2
    assert "a worker may be running" in said.err
    assert list(bot("restore", "--json").json) == ["unknown"], "how many depends on the day"
