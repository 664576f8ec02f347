"""The worker's alarm clock: never early, and never left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from perihelion.ledger.store import Ledger
from perihelion.model.errors import LedgerUnavailable, WorkerFailed
from perihelion.networks.base import Secret
from perihelion.service.cli import group, run_command
from perihelion.service.shutdown import exit_when_stuck
from perihelion.service.wiring import open_app
from perihelion.service.worker import LEAD_SECONDS, MAX_LEDGER_OUTAGE, Worker
from tests.fakes import busy_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUE = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
STEP = timedelta(milliseconds=5)


@dataclass
class CreepingClock:
    """A clock on which every look takes a while."""

    at: datetime = DUE - timedelta(hours=1)

    def now(self) -> datetime:
        self.at += STEP
        return self.at

    real_now = now

    def seconds_until(self, instant: datetime) -> float:
        return (instant - self.now()).total_seconds()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    day = busy_day.write_schedule(tmp_path, 1, [("local", "local")])
    environ = {
        "PERIHELION_STATE": str(tmp_path / "state"),
        "PERIHELION_SCHEDULE": str(day.path),
        "PERIHELION_TEMPLATES": str(busy_day.write_templates(tmp_path)),
    }
    made = Worker(replace(open_app(environ), clock=CreepingClock()))
    yield made
    made._stop_scheduler()
    made._ledger.close()


def test_an_address_of_another_kind_of_database_is_told_and_not_followed(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    settings = replace(worker._app.settings, database_url=Secret("postgresql+psycopg://h/d"))
    worker._app = replace(worker._app, reload_settings=lambda: settings)
    worker._reconnect_ledger()
    assert "it is another ledger: stop every worker first" in caplog.text
    assert worker._ledger.count_deliveries_by_state() == {}, "it goes on where it is"


def next_alarm(worker: Worker) -> datetime:
    worker._schedule_wakeup()
    (job,) = worker._scheduler.get_jobs()
    at: datetime = job.trigger.run_date
    return at


def test_the_alarm_rings_first_to_get_ready_and_then_not_before_something_is_due(
    worker: Worker,
) -> None:
    worker._scheduler.start(paused=True)
    first = next_alarm(worker)
    assert first < DUE - timedelta(seconds=LEAD_SECONDS / 2)
    assert first > DUE - timedelta(seconds=LEAD_SECONDS)
    worker._app.clock.at = first  # type: ignore[attr-defined]  # it is Creeping
    assert DUE <= next_alarm(worker) < DUE + timedelta(seconds=1)


def test_a_worker_looks_again_after_a_tick_whatever_became_of_the_clock(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set back by a day, the scheduler's own clock would let it sleep for a day."""
    waits: list[float | None] = []
    monkeypatch.setattr(worker._delivery_loop, "collect_results", waits.append)
    worker._scheduler.start(paused=True)
    worker._run_cycle()
    assert waits[-1] == worker._app.settings.tick.total_seconds()


def test_an_alarm_rings_even_while_the_one_before_it_is_not_over(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, over = Event(), Event(), Event()

    def record_alarm() -> None:
        if first.is_set():
            second.set()
        else:
            first.set()
            over.wait(20)

    monkeypatch.setattr(worker._delivery_loop, "wake", record_alarm)
    monkeypatch.setattr(CreepingClock, "real_now", lambda _self: datetime.now(UTC))
    monkeypatch.setattr(CreepingClock, "seconds_until", lambda _self, _instant: 0.001)
    worker._scheduler.start()
    for heard in (first, second):
        worker._schedule_wakeup()
        assert heard.wait(20)
    over.set()


def run_cycle_at(worker: Worker, at: datetime) -> None:
    worker._app.clock.at = at  # type: ignore[attr-defined]  # it is Creeping
    worker._run_cycle()


@pytest.fixture
def idle_worker(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker that waits for nothing but its networks."""
    collect = worker._delivery_loop.collect_results

    def collect_at_once(_timeout: float | None) -> None:
        while worker._delivery_loop.is_busy:
            collect(20)

    monkeypatch.setattr(worker._delivery_loop, "collect_results", collect_at_once)
    worker._scheduler.start(paused=True)
    return worker


def test_a_worker_shows_itself_in_the_ledger_at_every_tick_with_nothing_due(
    idle_worker: Worker,
) -> None:
    tick = idle_worker._app.settings.tick
    for number in range(3):
        at = DUE - timedelta(days=1) + number * (tick + timedelta(seconds=1))
        run_cycle_at(idle_worker, at)
        (seen,) = idle_worker._ledger.list_workers()
        assert at <= seen.beat_at < at + timedelta(seconds=1)
    assert idle_worker._ledger.count_deliveries_by_state() == {}


@pytest.fixture
def lost_ledger(idle_worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker whose ledger can no longer be written."""

    def raise_unavailable(_self: Ledger, _now: datetime, _reports: object) -> None:
        raise LedgerUnavailable("it is gone")

    monkeypatch.setattr(Ledger, "record_heartbeat", raise_unavailable)
    return idle_worker


def test_a_ledger_that_stays_away_too_long_ends_the_worker(lost_ledger: Worker) -> None:
    start, minute = DUE - timedelta(days=1), timedelta(minutes=1)
    run_cycle_at(lost_ledger, start)
    run_cycle_at(lost_ledger, start + MAX_LEDGER_OUTAGE - minute)
    with pytest.raises(WorkerFailed, match=r"could not be used for 16 minutes.*it is gone"):
        run_cycle_at(lost_ledger, start + MAX_LEDGER_OUTAGE + minute)


def test_an_outage_that_ended_does_not_count_towards_the_next(
    lost_ledger: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, minute = DUE - timedelta(days=1), timedelta(minutes=1)
    run_cycle_at(lost_ledger, start)
    with monkeypatch.context() as healed:
        healed.setattr(Ledger, "record_heartbeat", lambda _self, _now, _reports: None)
        run_cycle_at(lost_ledger, start + minute)
    for late in (2 * minute, MAX_LEDGER_OUTAGE + minute):
        run_cycle_at(lost_ledger, start + late)


def test_a_worker_that_alone_knows_a_result_waits_for_the_ledger_as_long_as_it_takes(
    lost_ledger: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_ledger._delivery_loop, "collect_results", lambda _timeout: None)
    monkeypatch.setattr(type(lost_ledger._delivery_loop), "is_busy", True)
    monkeypatch.setattr(lost_ledger, "_is_sending", lambda: False)
    for days in range(3):
        run_cycle_at(lost_ledger, DUE - timedelta(days=4 - days))


def test_a_worker_whose_scheduler_has_died_ends(worker: Worker) -> None:
    worker._scheduler.start(paused=True)
    worker._require_scheduler()
    worker._scheduler.shutdown()
    with pytest.raises(WorkerFailed, match="the scheduler has died"):
        worker._require_scheduler()


def test_a_worker_that_makes_no_progress_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    statuses: list[int] = []

    def record_exit(status: int) -> None:
        statuses.append(status)
        ended.set()

    monkeypatch.setattr("os._exit", record_exit)
    with exit_when_stuck(0.02) as report_progress:
        report_progress()
        assert ended.wait(20)
    assert statuses == [1]


def test_a_worker_that_ends_in_time_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    monkeypatch.setattr("os._exit", lambda _status: ended.set())
    with exit_when_stuck(0.1):
        pass
    assert not ended.wait(0.3)


@pytest.mark.parametrize("fault", ["ledger", "scheduler"])
def test_a_worker_that_can_no_longer_work_exits_with_1_and_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: str,
) -> None:
    def raise_unavailable(_self: Ledger, _now: datetime, _reports: object) -> None:
        raise LedgerUnavailable("it is gone")

    if fault == "ledger":
        monkeypatch.setattr(Ledger, "record_heartbeat", raise_unavailable)
        monkeypatch.setattr("perihelion.service.worker.MAX_LEDGER_OUTAGE", timedelta(0))
    else:
        monkeypatch.setattr(BackgroundScheduler, "_main_loop", lambda _self: None)
    day = busy_day.write_schedule(tmp_path, 1, [("local", "local")])
    monkeypatch.setenv("PERIHELION_TICK", "0.01")
    monkeypatch.setenv("PERIHELION_SCHEDULE", str(day.path))
    monkeypatch.setenv("PERIHELION_TEMPLATES", str(busy_day.write_templates(tmp_path)))
    monkeypatch.setattr("perihelion.service.delivery_run.configure_logging", lambda *_: None)
    monkeypatch.setattr("gc.freeze", lambda: None)
    code = run_command(group, ["run", "--state", str(tmp_path / "state")])
    expected = "it is gone" if fault == "ledger" else "the scheduler has died"
    assert (code, expected in capsys.readouterr().err) == (1, True)
