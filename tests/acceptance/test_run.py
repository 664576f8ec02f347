"""`run`: the worker, from its start to a signal."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from perihelion.testing.http_server import Fault
from tests.fakes import bot_process
from tests.fakes.bot_installation import (
    PATIENCE,
    BotInstallation,
    wait_for_result,
    wait_until,
    wait_until_started,
)
from tests.fakes.mastodon_server import GOTOSOCIAL, TOKEN, FakeMastodon

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.fakes.bot_installation import CommandResult

SIGNALS = [signal.SIGTERM, signal.SIGINT]
STATUSES = "/api/v1/statuses"
"""Where a Mastodon server takes posts; their cards go elsewhere, and first."""
GRACE = 25
"""Seconds after a signal in which a worker must have ended: hosts give 30, and a hanging request
takes 120."""


SCHEDULE = """\
defaults: {post_at: "15:00", spacing: 0m, max_per_day: 3}
missions:
  - id: m
    name: A Mission
    events:
      - {id: a, at: 2016-03-02, title: The first of four events takes place, sources: a test}
      - {id: b, at: 2015-03-02, title: The second of four events takes place, sources: a test}
      - {id: c, at: 2014-03-02, title: The third of four events takes place, sources: a test}
      - {id: d, at: 2013-03-02, title: The fourth of four events takes place, sources: a test}
"""
"""A day on which three posts leave at 15:00, and one is over the daily cap."""


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    file = tmp_path / "schedule.yaml"
    file.write_text(SCHEDULE, encoding="utf-8")
    return BotInstallation(tmp_path, {"PERIHELION_SCHEDULE": str(file)})


def stop_worker(
    process: subprocess.Popen[str], number: signal.Signals
) -> tuple[CommandResult, float]:
    """What a worker said, and how many seconds it took to end after the signal."""
    process.send_signal(number)
    asked = time.monotonic()
    said = wait_for_result(process)
    return said, time.monotonic() - asked


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_an_idle_worker_at_once(number: signal.Signals, bot: BotInstallation) -> None:
    process = bot.start("run", "--at", "2027-03-02T15:00:30Z")
    wait_until(lambda: len(bot.timeline) == 3, process)
    said, seconds = stop_worker(process, number)
    assert said.code == 0, said.err
    assert seconds < GRACE
    status = bot("status", "--json").json
    assert status["deliveries"] == {"sent": 3, "skipped": 1}
    assert all(worker["stopped_at"] for worker in status["workers"])


def test_a_worker_with_too_little_patience_works_and_says_what_may_come_of_it(
    bot: BotInstallation,
) -> None:
    hasty = BotInstallation(bot.folder, {**bot.settings, "PERIHELION_PATIENCE": "1"})
    doctor = hasty("doctor")
    assert doctor.code == 1
    assert "BAD  settings\n       PERIHELION_PATIENCE=1 is less than the 25 seconds" in doctor.out
    process = hasty.start("run", "--at", "2027-03-02T15:00:30Z")
    wait_until(lambda: len(bot.timeline) == 3, process)
    said, _seconds = stop_worker(process, signal.SIGTERM)
    assert said.code == 0, said.err
    assert "set PERIHELION_PATIENCE=120, or unset it" in said.err.splitlines()[0]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_worker_whose_request_hangs(
    number: signal.Signals, bot: BotInstallation
) -> None:
    mastodon = FakeMastodon()
    with mastodon.serve() as server:
        for _ in range(9):
            server.break_next(Fault(hang=True, acted=True), lambda r: r.path == STATUSES)
        settings = {
            "MASTODON_URL": server.url,
            "MASTODON_TOKEN": TOKEN,
            "PERIHELION_PATIENCE": "0.4",
        }
        bot = BotInstallation(bot.folder, settings)
        process = bot.start("run", "--at", "2027-03-02T15:00:30Z")
        wait_until(lambda: mastodon.statuses, process)
        said, seconds = stop_worker(process, number)
        assert said.code == 0, said.err
        assert seconds < GRACE
        states = bot("status", "--json").json["deliveries"]
    assert "sending" not in states
    assert states["unknown"] >= 1, "nobody knows what came of it, and nobody says so"


def test_a_signal_ends_a_worker_whose_ledger_is_locked(bot: BotInstallation) -> None:
    process = bot.start("run", "--at", "2027-03-02T15:00:30Z")
    wait_until(lambda: len(bot.timeline) == 3, process)
    with closing(sqlite3.connect(bot.state / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said, seconds = stop_worker(process, signal.SIGTERM)
    assert seconds < GRACE
    assert said.code == 1
    assert "because something hung" in said.err
    assert bot("once", "--at", "2027-03-02T15:01:00Z").code == 0
    assert bot("status", "--json").json["deliveries"] == {"sent": 3, "skipped": 1}
    assert len(bot.timeline) == 3


def test_a_rehearsed_day_is_posted_at_its_time_and_once(bot: BotInstallation) -> None:
    """From 14:00 on 2 March on, an hour a second."""
    process = bot.start("run", "--at", "2027-03-02T14:00Z", "--speed", "3600")
    wait_until(lambda: len(bot.timeline) >= 3, process)
    said, _seconds = stop_worker(process, signal.SIGTERM)
    assert said.code == 0, said.err
    keys = [line["key"] for line in bot.timeline]
    assert len(set(keys)) == len(keys)
    first = min(line["posted_at"] for line in bot.timeline)
    assert first >= "2027-03-02T15:00:00"
    due = {d["key"]: d["due_at"] for d in bot("status", "--json").json["list"]}
    assert {due[line["key"]][:10] for line in bot.timeline} >= {"2027-03-02"}


def test_a_second_worker_posts_nothing_again(bot: BotInstallation) -> None:
    workers = [bot.start("run", "--at", "2027-03-02T15:00:30Z") for _ in range(2)]
    for worker in workers:
        wait_until_started(worker)
    wait_until(lambda: len(bot.timeline) == 3, workers[0])
    for worker in workers:
        said, seconds = stop_worker(worker, signal.SIGTERM)
        assert (said.code, seconds < GRACE) == (0, True), said.err
    assert bot("once", "--at", "2027-03-02T20:00Z", "--json").json == []
    assert len(bot.timeline) == 3


def test_a_rehearsal_settles_a_lost_answer_within_its_own_pass(tmp_path: Path) -> None:
    mastodon = FakeMastodon(GOTOSOCIAL, now=lambda: datetime.now(UTC))
    with mastodon.serve() as server:
        lost = Fault(acted=True, cut_after=0)
        server.break_next(lost, lambda request: request.method == "POST")
        settings = {
            "PERIHELION_STATE": str(tmp_path / "state"),
            "PERIHELION_PATIENCE": "3",
            "MASTODON_URL": server.url,
            "MASTODON_TOKEN": TOKEN,
        }
        run = bot_process.start_bot(
            ["once", "--json", "--at", "2027-03-02T20:00Z"], settings, tmp_path
        )
        assert run.wait(PATIENCE) == 0, run.read_output()
    assert '"state": "unknown"' not in run.read_output()
    assert len(mastodon.statuses) == run.read_output().count('"state": "sent"') == 3
