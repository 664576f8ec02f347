"""The worker's alarm clock: never early, and never left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest

from perihelion.networks.base import Secret
from perihelion.service.wiring import open_app
from perihelion.service.worker import LEAD_SECONDS, Worker
from tests.fakes import busy_day
from tests.fakes.bot_process import ROOT

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
        "PERIHELION_TEMPLATES": str(ROOT / "templates"),
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
