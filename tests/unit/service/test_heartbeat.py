"""A sign of life to a monitor, which never costs a post and never tells its address."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.store import Ledger
from perihelion.model.errors import LedgerUnavailable
from perihelion.networks.base import Secret
from perihelion.service.clock import RehearsalClock
from perihelion.service.delivery_run import post_due_once, prepare_ledger
from perihelion.service.heartbeat import MIN_INTERVAL, Heartbeat, make_failure_url
from perihelion.service.reports import Reports
from perihelion.testing.http_server import FakeServer, Reply, Request
from tests.fakes.installed_app import DUE, ManualClock, open_app_at
from tests.fakes.ledger_testbed import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Monitor:
    """Where heartbeats go to; `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.server = FakeServer(self._answer)

    def _answer(self, _request: Request) -> Reply:
        return Reply(self.status, {}, headers={"Location": "/elsewhere"})

    @property
    def url(self) -> str:
        return f"{self.server.url}/ping/hunter22"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.server.requests]


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    made = Monitor()
    yield made
    made.server.close()


def test_a_heartbeat_is_one_plain_get(monitor: Monitor) -> None:
    Heartbeat(Secret(monitor.url)).send(NOON, needs_person=False)
    (request,) = monitor.server.requests
    assert (request.method, request.path, request.body) == ("GET", "/ping/hunter22", b"")


def test_while_a_person_is_needed_the_failure_is_reported(monitor: Monitor) -> None:
    Heartbeat(Secret(monitor.url)).send(NOON, needs_person=True)
    assert monitor.paths == ["/ping/hunter22/fail"]


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        ("https://hc.example/uuid/", "https://hc.example/uuid/fail"),
        ("https://hc.example/uuid?rid=1", "https://hc.example/uuid/fail?rid=1"),
        (
            "https://kuma.example/api/push/abc?status=up&msg=OK&ping=",
            "https://kuma.example/api/push/abc?status=down&msg=OK&ping=",
        ),
        ("https://hc.example/u?my_status=upper", "https://hc.example/u/fail?my_status=upper"),
    ],
)
def test_the_failure_s_address_is_made_as_the_monitors_want_it(url: str, failure: str) -> None:
    assert make_failure_url(url) == failure


def test_however_short_the_tick_heartbeats_keep_their_distance(monitor: Monitor) -> None:
    heartbeat = Heartbeat(Secret(monitor.url))
    heartbeat.send(NOON, needs_person=False)
    heartbeat.send(NOON + MIN_INTERVAL - timedelta(seconds=1), needs_person=True)
    assert len(monitor.paths) == 1
    heartbeat.send(NOON + MIN_INTERVAL, needs_person=False)
    assert len(monitor.paths) == 2


@pytest.mark.parametrize("status", [301, 404, 500])
def test_a_heartbeat_that_fails_is_logged_once_without_its_address_and_goes_on(
    monitor: Monitor, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    monitor.status = status
    heartbeat = Heartbeat(Secret(monitor.url))
    for number in range(3):
        heartbeat.send(NOON + number * MIN_INTERVAL, needs_person=False)
    assert len(monitor.paths) == 3, "a redirect is not followed"
    (record,) = caplog.records
    assert f"the answer was {status}" in record.getMessage()
    assert "hunter22" not in caplog.text
    monitor.status = 204
    heartbeat.send(NOON + 3 * MIN_INTERVAL, needs_person=False)
    monitor.status = 500
    heartbeat.send(NOON + 4 * MIN_INTERVAL, needs_person=False)
    warnings = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warnings) == 2, "the next failure is news again"


def test_a_monitor_that_nobody_answers_for_is_no_crash(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/hunter22"
        Heartbeat(Secret(url)).send(NOON, needs_person=False)
    assert "heartbeat not sent" in caplog.text
    assert "hunter22" not in caplog.text


def test_one_pass_sends_one_heartbeat_whatever_was_due(monitor: Monitor, tmp_path: Path) -> None:
    clock = ManualClock()
    app = open_app_at(tmp_path, clock, {"PERIHELION_HEARTBEAT": monitor.url})
    post_due_once(app, early=False)
    assert monitor.paths == ["/ping/hunter22"]
    clock.at = DUE
    post_due_once(app, early=False)
    assert monitor.paths == ["/ping/hunter22"] * 2


def test_a_rehearsal_says_nothing_to_the_monitor_of_the_real_worker(
    monitor: Monitor, tmp_path: Path
) -> None:
    app = open_app_at(tmp_path, ManualClock(), {"PERIHELION_HEARTBEAT": monitor.url})
    post_due_once(replace(app, clock=RehearsalClock(DUE)), early=False)
    assert monitor.paths == []


def test_a_ledger_that_is_gone_stops_no_worker_over_its_heartbeat(
    monitor: Monitor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def raise_unavailable(_self: Ledger) -> list[object]:
        raise LedgerUnavailable("gone")

    app = open_app_at(tmp_path, ManualClock(), {"PERIHELION_HEARTBEAT": monitor.url})
    ledger = app.open_ledger()
    monkeypatch.setattr(Ledger, "list_workers", raise_unavailable)
    Reports(app, ledger).send()
    ledger.close()
    assert monitor.paths == []
    assert "a report is delayed" in caplog.text


def test_a_monitor_that_hangs_holds_up_nobody_and_gets_no_second_request_meanwhile(
    tmp_path: Path,
) -> None:
    asked, answer = Event(), Event()

    def hang(_request: Request) -> Reply:
        asked.set()
        answer.wait(20)
        return Reply(200, {})

    server = FakeServer(hang)
    app = open_app_at(tmp_path, ManualClock(), {"PERIHELION_HEARTBEAT": server.url})
    ledger = prepare_ledger(app)
    reports = Reports(app, ledger)
    reports.start()
    assert asked.wait(20), "start() has returned, and the monitor has not answered"
    reports.start()
    assert len(server.requests) == 1
    answer.set()
    server.close()
    ledger.close()
