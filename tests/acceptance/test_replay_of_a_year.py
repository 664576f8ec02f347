"""The One-Year Mission, replayed from launch to landing: the program is restarted every day, and in
the middle it is off for two days. One thread, the right days, nothing twice and nothing in a burst.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from perihelion.almanac.due_anniversaries import find_next_due_time
from perihelion.ledger.store import Ledger
from perihelion.model.deliveries import State
from perihelion.model.units import Unit
from perihelion.publish.worker_options import WorkerOptions
from perihelion.service.delivery_run import make_delivery_loop
from perihelion.service.wiring import open_app
from tests.fakes.bot_installation import ROOT
from tests.fakes.ledger_testbed import LEASE
from tests.fakes.mastodon_server import TOKEN, FakeMastodon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.model.deliveries import Delivery
    from perihelion.service.wiring import App

ONE_DAY = timedelta(days=1)
FIRST, LAST = datetime(2027, 3, 27, tzinfo=UTC), datetime(2028, 3, 3, tzinfo=UTC)
OFF, ON_AGAIN = datetime(2027, 10, 27, 12, tzinfo=UTC), datetime(2027, 10, 29, 9, 40, tzinfo=UTC)
MISSED = {"first-spacewalk", "first-spacewalk-end"}
LATE = "single-flight-record"
"""Due at 09:00 on the day on which the program comes back, at 09:40."""
DAY_OF_MISSION = re.compile(r"Day (\d+) of 340 · (\d+ \w+ \d{4})")


class ShownPost(NamedTuple):
    """A post as readers see it."""

    id: str
    text: str
    at: datetime
    reply_to: str | None


@dataclass
class SimulatedClock:
    """Both clocks of the program."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    real_now = now

    def seconds_until(self, instant: datetime) -> float:
        return max(0.0, (instant - self.at).total_seconds())

    def elapsed(self) -> float:
        return (self.at - FIRST).total_seconds()


@dataclass
class Year:
    """One installation with the shipped mission, its only account, and what readers see there."""

    app: App
    clock: SimulatedClock
    fake: FakeMastodon

    @contextmanager
    def open_ledger(self) -> Iterator[Ledger]:
        """The ledger, for a process of its own."""
        url = self.app.settings.database_url.reveal()
        name = f"worker-{self.clock.at:%m%d%H%M}"
        ledger = Ledger(url, name, LEASE, self.clock.now, self.clock.elapsed)
        try:
            yield ledger
        finally:
            ledger.close()

    def run_until(self, end: datetime) -> None:
        """One process: it posts what falls due before `end`, and is then gone without a word."""
        with self.open_ledger() as ledger:
            loop = make_delivery_loop(self.app, ledger, early=False, options=WorkerOptions())
            loop.probe_networks()
            while self.clock.at < end:
                loop.expire_and_recover()
                loop.promise_due()
                for _settled in loop.run_until_idle():
                    pass
                self.clock.at = min(end, *self._list_wake_up_times(ledger))

    def _list_wake_up_times(self, ledger: Ledger) -> list[datetime]:
        now, names = self.clock.at, [one.name for one in self.app.accounts]
        times = (
            find_next_due_time(self.app.calendar, self.app.accounts, now),
            ledger.find_next_ready_time(names, now),
            ledger.find_next_lookup_time(names, now),
        )
        return [at for at in times if at is not None] or [LAST]

    def list_shown(self) -> list[ShownPost]:
        """All posts of the replay, oldest first."""
        if self.app.accounts[0].network == "local":
            file = self.app.settings.state / "timeline.jsonl"
            lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
            found = [
                ShownPost(
                    *(one["id"], one["text"]),
                    datetime.fromisoformat(one["posted_at"]),
                    one["reply_to"],
                )
                for one in lines
            ]
        else:
            found = [
                ShownPost(one.id, one.text, one.created_at, one.reply_to)
                for one in self.fake.statuses
            ]
        return [one for one in found if "(replayed 12 years on)" in one.text]

    def list_replay(self) -> list[Delivery]:
        """The deliveries of the replay, oldest first."""
        with self.open_ledger() as ledger:
            found = ledger.list_deliveries()
        return [one for one in reversed(found) if one.key.unit is Unit.REPLAY_YEARS]


def make_year(folder: Path, network: str, fake: FakeMastodon) -> Year:
    server = fake.serve()
    environ = {
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_SCHEDULE": str(ROOT / "schedule.yaml"),
        "PERIHELION_TEMPLATES": str(ROOT / "templates"),
    }
    if network == "mastodon":
        environ |= {"MASTODON_URL": server.url, "MASTODON_TOKEN": TOKEN}
    clock = SimulatedClock(FIRST)
    fake.now = clock.now
    app = open_app(environ)
    story = tuple(one for one in app.schedule.events if one.mission.id == "year-in-space")
    app = replace(app, clock=clock, schedule=replace(app.schedule, events=story))
    return Year(app, clock, fake)


@pytest.mark.parametrize("network", ["local", "mastodon"])
def test_a_whole_mission_is_one_thread(tmp_path: Path, network: str) -> None:
    year = make_year(tmp_path, network, FakeMastodon())
    (tmp_path / "state").mkdir()
    with year.open_ledger() as ledger:
        ledger.migrate(FIRST - ONE_DAY)
        year.clock.at = FIRST - ONE_DAY
        names = {one.name: one.network for one in year.app.accounts}
        ledger.register_accounts(names, FIRST - ONE_DAY)
    while year.clock.at < LAST:
        following = min(LAST, year.clock.at.replace(hour=0, minute=0) + ONE_DAY)
        year.run_until(OFF if year.clock.at < OFF < following else following)
        if year.clock.at == OFF:
            year.clock.at = ON_AGAIN
    shown, deliveries = year.list_shown(), year.list_replay()

    story = {one.id for one in year.app.schedule.events if one.moment.day <= date(2016, 3, 2)}
    sent = [one for one in deliveries if one.state is State.SENT]
    ids = [one.key.event.partition("/")[2] for one in sent]
    assert len(ids) > 50
    assert set(ids) == story - MISSED
    assert {one.state for one in deliveries} == {State.SENT, State.MISSED}

    # Nothing is doubled, and it is one thread.
    assert len(shown) == len(set(ids)) == len(ids)
    assert [one.reply_to for one in shown] == [None, *(one.id for one in shown[:-1])]

    # The days are right, and so is their order.
    stages = [DAY_OF_MISSION.search(one.text) for one in shown]
    days = [(int(one[1]), datetime.strptime(one[2], "%d %B %Y").date()) for one in stages if one]  # noqa: DTZ007 - a date
    assert len(days) == len(shown)
    assert [number for number, _day in days] == [
        min(340, (day - date(2015, 3, 27)).days + 1) for _number, day in days
    ]
    assert days == sorted(days)
    assert (days[0][0], days[-1][0]) == (1, 340)

    # Each goes out at its instant; after the outage there is no burst.
    delays = {name: post.at - one.due_at for name, post, one in zip(ids, shown, sent, strict=True)}
    late = delays.pop(LATE)
    assert timedelta(minutes=40) <= late < timedelta(minutes=45)
    assert {name for name, delay in delays.items() if delay > timedelta(seconds=5)} == set()
    assert min(delays.values()) >= timedelta()
