"""A worker goes on with what was saved, and tells what it does not use."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from perihelion.service.live_schedule import LiveSchedule
from perihelion.service.reload import Reloader
from perihelion.service.worker import Worker
from tests.fakes.saved_schedule import AT, LATER, SavedSchedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from tests.fakes.pager import Pager


# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")


@dataclass
class StandingClock:
    """A minute past noon of the day, always."""

    at: datetime = AT

    def now(self) -> datetime:
        return self.at

    real_now = now

    def seconds_until(self, instant: datetime) -> float:
        return max(0.0, (instant - self.at).total_seconds())


class LiveWorker:
    """A worker whose cycles and looks at the files are made one by one."""

    def __init__(self, saved: SavedSchedule, environ: dict[str, str]) -> None:
        self.saved = saved
        app = replace(saved.open_app(environ), clock=StandingClock())
        self.live = LiveSchedule(Reloader(app, saved.environ | environ, LATER), 1, 0)
        self.worker = Worker(app, self.live)
        self.loop = self.worker._delivery_loop
        self.loop.probe_networks()

    def look(self) -> None:
        """Look at the files until they are settled, as the thread does."""
        self.live._look(self.loop.wake)

    def run_cycle(self) -> None:
        """One turn of the worker, without its sleep."""
        self.worker._use_changed_files()
        self.loop.probe_networks()
        self.loop.promise_due()
        self.worker._exchange_with_ledger()
        self.loop.collect_results(0.01)

    def run_until_idle(self) -> None:
        idle = 0
        while idle < 2:  # the cycle after an answer may find more to do
            self.run_cycle()
            idle = 0 if self.loop.is_busy or self.loop._has_claimable() else idle + 1

    @property
    def posts(self) -> list[dict[str, str]]:
        timeline = self.saved.folder / "state" / "timeline.jsonl"
        lines = timeline.read_text(encoding="utf-8").splitlines() if timeline.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
def make_worker(tmp_path: Path) -> Iterator[Callable[..., LiveWorker]]:
    made: list[LiveWorker] = []

    def make(environ: dict[str, str] | None = None) -> LiveWorker:
        saved = SavedSchedule(tmp_path)
        saved.save_accounts("local", "second", "third")
        made.append(LiveWorker(saved, environ or {}))
        return made[-1]

    yield make
    for one in made:
        one.loop.shut_down(lambda: True)
        one.worker._ledger.close()


def test_a_corrected_text_is_posted_and_an_account_that_did_not_change_keeps_its_adapter(
    make_worker: Callable[..., LiveWorker],
) -> None:
    live = make_worker()
    before = dict(live.loop.context.networks)
    live.saved.replace(live.saved.make_events("corrected"))
    live.look()
    live.run_until_idle()
    assert {post["account"] for post in live.posts} == {"local", "second", "third"}
    assert all("corrected of number 0" in post["text"] for post in live.posts)
    assert live.loop.context.networks == before
    main = live.saved.main.read_text(encoding="utf-8")
    live.saved.main.write_text(f"# Accounts that only stand elsewhere.\n{main}", encoding="utf-8")
    live.look()
    live.run_until_idle()
    assert live.loop.context.networks == before
    live.saved.save_accounts("local", "second", "third", post_at="11:00")
    live.look()
    live.run_until_idle()
    assert not set(before.values()) & set(live.loop.context.networks.values())
    assert len(live.posts) == 3


def test_an_account_that_is_added_posts_and_one_that_is_gone_does_not(
    make_worker: Callable[..., LiveWorker],
) -> None:
    live = make_worker()
    live.saved.save_accounts("local", "second", "fourth")
    live.look()
    live.run_until_idle()
    assert {post["account"] for post in live.posts} == {"local", "second", "fourth"}


def test_a_broken_save_is_told_once_and_again_only_after_it_was_right(
    make_worker: Callable[..., LiveWorker], pager: Pager, caplog: pytest.LogCaptureFixture
) -> None:
    live = make_worker(pager.environ)
    for _ in range(2):
        for broken in ("missions: [", "missions: [ "):
            live.saved.replace(broken)
            live.look()
            live.run_until_idle()
            live.worker._reports.send()
        live.saved.replace(live.saved.make_events("right"))
        live.look()
        live.run_until_idle()
    assert caplog.text.count("the changed files are not used") == 2
    where = f"{live.saved.events}:2:1: not reloaded"
    assert pager.alert_titles == [where, where]
    assert len(live.posts) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")
def test_saves_of_all_kinds_while_posting_lose_nothing_double_nothing_and_use_nothing_half_written(
    make_worker: Callable[..., LiveWorker],
) -> None:
    live, whole, choose = make_worker(), set[str](), random.Random(20270302)
    for number in range(1, 25):
        text = live.saved.make_events(f"Version {number}", number)
        kind = choose.choice(("renamed", "in place", "broken", "half"))
        if kind == "half":
            with live.saved.events.open("w", encoding="utf-8") as file:
                file.write(text[: text.rindex("      - ")])
                file.flush()
                live.live._reloader.look()
                live.live._reloader.look()
                live.run_cycle()
                file.write(text[text.rindex("      - ") :])
        elif kind == "in place":
            live.saved.events.write_text(text, encoding="utf-8")
        else:
            live.saved.replace(text + "  - broken" * (kind == "broken"))
        if kind != "broken":
            whole |= {f"Version {number} of number {one} of {number}." for one in range(number)}
        if choose.random() < 0.6:
            live.look()
        live.run_cycle()
    live.saved.replace(live.saved.make_events("Version 25", 25))
    whole |= {f"Version 25 of number {one} of 25." for one in range(25)}
    live.look()
    live.run_until_idle()
    posted = Counter((post["account"], post["event"]) for post in live.posts)
    accounts = ("local", "second", "third")
    assert posted == {(name, f"m/e{one}"): 1 for name in accounts for one in range(25)}
    assert {post["text"].partition(", 11 years")[0] for post in live.posts} <= whole
