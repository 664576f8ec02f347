"""What a worker tells the outside of its own accord."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Timer
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.posts import Receipt
from perihelion.service.delivery_run import prepare_ledger
from perihelion.service.reports import Reports
from perihelion.service.sent_alerts import list_sent_alerts
from perihelion.testing.http_server import FakeServer, Reply
from tests.fakes.installed_app import DUE, ManualClock, open_app_at
from tests.fakes.ledger_testbed import LedgerTestbed, make_key, make_planned, make_result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.testing.http_server import Request

# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")


@pytest.fixture
def outside() -> Iterator[FakeServer]:
    """The monitor and the operator."""
    server = FakeServer(lambda _request: Reply(200, {}))
    yield server
    server.close()


def send_reports(outside: FakeServer, folder: Path, clock: ManualClock) -> tuple[list[str], str]:
    """The titles of the alerts that a worker sends now, and the path of its heartbeat."""
    addresses = {
        "PERIHELION_HEARTBEAT": f"{outside.url}/beat",
        "PERIHELION_ALERTS": outside.url.replace("http://", "json://"),
    }
    outside.requests.clear()
    app = open_app_at(folder, clock, addresses)
    ledger = prepare_ledger(app)
    Reports(app, ledger).send()
    ledger.unregister_worker(clock.at)
    ledger.close()
    titles = [request.json["title"] for request in outside.requests if request.method == "POST"]
    (beat,) = [request.path for request in outside.requests if request.method == "GET"]
    return titles, beat


def test_while_all_is_well_there_are_heartbeats_and_no_alerts(
    outside: FakeServer, tmp_path: Path
) -> None:
    assert send_reports(outside, tmp_path, ManualClock()) == ([], "/beat")


def test_a_dead_worker_is_told_once_by_the_next_one_which_is_well_itself(
    outside: FakeServer, tmp_path: Path
) -> None:
    clock = ManualClock()
    dead = prepare_ledger(open_app_at(tmp_path, clock))
    dead.close()
    clock.at += timedelta(minutes=30)
    assert send_reports(outside, tmp_path, clock) == ([f"{dead.worker}: dead worker"], "/beat")
    assert send_reports(outside, tmp_path, clock) == ([], "/beat")
    ledger = open_app_at(tmp_path, clock).open_ledger()
    assert [one.title for one in list_sent_alerts(ledger)] == [f"{dead.worker}: dead worker"]
    ledger.close()


def test_a_day_with_nothing_sent_is_told_once_and_reported_until_it_is_over(
    outside: FakeServer, tmp_path: Path
) -> None:
    clock = ManualClock()
    send_reports(outside, tmp_path, clock)
    clock.at = DUE + timedelta(days=1)
    told = (["local on 2027-03-02: nothing sent"], "/beat/fail")
    assert send_reports(outside, tmp_path, clock) == told
    assert send_reports(outside, tmp_path, clock) == ([], "/beat/fail")


def test_a_known_double_is_told_once_and_reported_until_a_person_has_settled_it(
    outside: FakeServer, tmp_path: Path
) -> None:
    clock = ManualClock()
    send_reports(outside, tmp_path, clock)
    testbed = LedgerTestbed(f"sqlite:///{tmp_path}/state/ledger.sqlite3")
    testbed.clocks.now = clock.at
    worker = testbed.open_worker()
    testbed.promise_deliveries(worker, make_planned())
    (claim,) = testbed.claim_deliveries(worker)
    late = Receipt("late-1", "https://example.org/late-1")
    worker.record_late_receipts([(make_key(), late)], clock.at)
    testbed.settle_claims(worker, make_result(claim, State.SENT))
    assert send_reports(outside, tmp_path, clock) == ([f"{make_key()}: double"], "/beat/fail")
    assert send_reports(outside, tmp_path, clock) == ([], "/beat/fail")
    worker.keep_one_of_double(make_key(), "https://example.org/kept", clock.at)
    testbed.close()
    assert send_reports(outside, tmp_path, clock) == ([], "/beat")


def test_a_worker_that_stops_waits_for_the_alert_that_the_ledger_counts_as_sent(
    tmp_path: Path,
) -> None:
    clock, asked, answered = ManualClock(), Event(), Event()

    def answer_late(_request: Request) -> Reply:
        asked.set()
        answered.wait(60)
        return Reply(200, {})

    server = FakeServer(answer_late)
    prepare_ledger(open_app_at(tmp_path, clock)).close()
    clock.at += timedelta(minutes=30)
    addresses = {"PERIHELION_ALERTS": server.url.replace("http://", "json://")}
    app = open_app_at(tmp_path, clock, addresses)
    ledger = prepare_ledger(app)
    reports = Reports(app, ledger)
    reports.start()
    assert asked.wait(60)
    Timer(0.2, answered.set).start()
    reports.finish_alerts()
    assert answered.is_set()
    ledger.close()
    server.close()
