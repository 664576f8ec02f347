"""Whether a worker is alive, as `status`, `doctor` and a monitor tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.testing.http_server import FakeServer, Reply
from tests.fakes.bot_installation import BotInstallation, wait_for_result, wait_until
from tests.fakes.ledger_testbed import LedgerTestbed, make_key, make_planned, make_result

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    return BotInstallation(tmp_path)


@pytest.fixture
def dead(bot: BotInstallation) -> BotInstallation:
    """An installation whose worker was last seen three days ago, and did not stop as asked."""
    bot("migrate")
    testbed = LedgerTestbed(f"sqlite:///{bot.state}/ledger.sqlite3")
    testbed.clocks.now = datetime.now(UTC) - timedelta(days=3, minutes=1)
    testbed.open_worker()
    testbed.close()
    return bot


def test_a_worker_that_died_three_days_ago_is_told_by_status_and_by_doctor(
    dead: BotInstallation,
) -> None:
    status = dead("status")
    assert status.code == 1
    assert "last seen 3 days ago" in status.out
    doctor = dead("doctor")
    assert doctor.code == 1
    assert "BAD  worker" in doctor.out
    assert "last seen 3 days ago" in doctor.out


def test_the_age_is_in_the_json_too(dead: BotInstallation) -> None:
    status = dead("status", "--json", "--alive", "10m")
    assert status.code == 1
    assert "No worker has shown itself for 3 days" in status.err
    seen = status.json["last_seen"]
    assert (seen["ago"], seen["seconds_ago"] // 86_400) == ("3 days", 3)
    assert seen["worker"] == status.json["workers"][0]["id"]
    needs = [(one["need"], one["subject"]) for one in status.json["attention"]]
    assert ("dead-worker", seen["worker"]) in needs


def test_alive_counts_a_pass_of_once_and_asks_for_no_more_than_the_span(
    bot: BotInstallation,
) -> None:
    assert bot("status").code == 0
    never = bot("status", "--alive", "10m")
    assert (never.code, "No worker has ever used this ledger" in never.err) == (1, True)
    bot("once")
    assert bot("status", "--alive", "10m").code == 0


def test_a_worker_that_stopped_as_asked_is_well_for_status_and_too_long_away_for_alive(
    bot: BotInstallation,
) -> None:
    bot("migrate")
    testbed = LedgerTestbed(f"sqlite:///{bot.state}/ledger.sqlite3")
    testbed.clocks.now = datetime.now(UTC) - timedelta(minutes=30)
    worker = testbed.open_worker()
    worker.unregister_worker(testbed.clocks.now)
    testbed.close()
    assert bot("status").code == 0
    assert bot("doctor").code == 0
    assert bot("status", "--alive", "1h").code == 0
    assert bot("status", "--alive", "29m").code == 1


@pytest.mark.parametrize("span", ["10", "0m", "soon", "-1h"])
def test_a_span_that_is_none_is_wrong_usage(bot: BotInstallation, span: str) -> None:
    said = bot("status", "--alive", span)
    assert said.code == 2
    assert "write one like 90s, 10m, 6h or 2d" in said.err


def test_a_rejected_delivery_shows_in_the_exit_status_until_a_person_has_settled_it(
    bot: BotInstallation,
) -> None:
    bot("once")
    testbed = LedgerTestbed(f"sqlite:///{bot.state}/ledger.sqlite3")
    worker = testbed.open_worker()
    testbed.promise_deliveries(worker, make_planned())
    (claim,) = testbed.claim_deliveries(worker)
    testbed.settle_claims(worker, make_result(claim, State.REJECTED, reason="too rude"))
    worker.unregister_worker(datetime.now(UTC))
    testbed.close()
    status = bot("status")
    assert status.code == 1
    assert "too rude" in status.out
    assert bot("resolve", str(make_key()), "--skip").code == 0
    assert bot("status").code == 0


def test_a_running_worker_sends_heartbeats_and_reports_what_needs_a_person(
    tmp_path: Path,
) -> None:
    server = FakeServer(lambda _request: Reply(500, {}))
    url = f"{server.url}/hunter22"
    bot = BotInstallation(tmp_path, {"PERIHELION_HEARTBEAT": url, "PERIHELION_LOG_LEVEL": "debug"})
    process = bot.start("run")
    wait_until(lambda: server.requests, process)
    assert bot("status", "--alive", "10m").code == 0
    process.terminate()
    said = wait_for_result(process)
    server.close()
    assert said.code == 0
    assert "hunter22" not in said.err
    assert [request.path for request in server.requests] == ["/hunter22"]
