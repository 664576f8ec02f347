"""`check` looks only at days with a change, and says what it would say without a cache."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.service.commands import check
from perihelion.service.wording_cache import CachingApp
from tests.fakes.bot_process import ROOT
from tests.fakes.installed_app import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.posts import Post
    from perihelion.service.commands.check import CheckResult

TODAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORDS = ("probe", "lands", "orbit", "ice", "signal", "dawn", "by @somebody", "rover", "dust")
EXTRAS = (
    "tone: memorial",
    "observe: to-the-minute",
    "importance: 5",
    "importance: 1",
    "holds: 2024-01",
    "text: It was so!",
    "text: It happened last year.",
    "links: [http://example.org/]",
    "advice_off: {exclamation: Somebody said it.}",
    "years: [10, 30, 60]",
    "leap_day: mar-1",
)
WANDERING = ("milestones: [20000 days]", "observe: FREQ=YEARLY;BYMONTH=7;BYDAY=3SU")
"""What takes an event to days that are not its own."""
HEADS = (
    "max_per_day: 1",
    "max_per_day: 3, days: account, timezone: Asia/Tokyo",
    "max_per_day: 2, to_the_minute: [3, 5], timezone: America/New_York",
    "max_per_day: 1, on_memorial_days: skip",
)


@dataclass
class Folder:
    """A bot's folder with a schedule that is changed at random, few of whose days are alike."""

    path: Path
    chance: Random
    head: str = HEADS[0]
    mission: str = "tags: [Moon]"
    comment: str = ""
    template: str = "{{ title }}, {{ ago }}."
    events: list[list[str]] = field(default_factory=list)
    extras: tuple[str, ...] = EXTRAS
    is_one_file: bool = True
    made: int = 0

    def make_event(self) -> list[str]:
        """The lines of an event that nothing is wrong with, on one of a few days."""
        self.made += 1
        near = date(1969, 2, 24) if self.chance.random() < 0.3 else date(1969, 7, 14)
        day = near + timedelta(days=self.chance.randrange(9))
        year = self.chance.choice((1964, 1968, 1972))
        month, number = (2, 29) if self.chance.random() < 0.1 else (day.month, day.day)
        extras = {
            one.partition(":")[0]: one
            for one in self.chance.sample(self.extras, self.chance.randrange(3))
        }
        return [
            f"id: e{self.made}",
            f"at: {year}-{month:02}-{number:02}T{self.chance.randrange(24):02}:30Z",
            f"title: {' '.join(self.chance.sample(WORDS, 3))}",
            "sources: [https://example.org/]",
            *extras.values(),
        ]

    def write(self) -> None:
        """The schedule, in two missions, and its template."""
        half = len(self.events) // 2
        lines = [
            self.comment,
            f"defaults: {{{self.head}}}",
            "accounts: [{network: x}]",
            "missions:",
        ]
        for name, events in (("m", self.events[:half]), ("n", self.events[half:])):
            lines += [
                f"  - id: {name}",
                f"    name: M {name}",
                f"    {self.mission}",
                "    events:",
            ]
            for first, *others in events:
                lines += [f"      - {first}", *(f"        {one}" for one in others)]
        parts = lines if self.is_one_file else [self.comment, *lines[3:]]
        main = lines if self.is_one_file else [*lines[:3], "include: part.yaml"]
        (self.path / "schedule.yaml").write_text("\n".join(main) + "\n", "utf-8")
        (self.path / "part.yaml").write_text("\n".join(parts) + "\n", "utf-8")
        (self.path / "templates" / "default.j2").write_text(self.template, "utf-8")

    def change(self) -> None:
        """One thing, as an author might."""
        place = self.chance.randrange(len(self.events))
        changes: tuple[Callable[[], object], ...] = (
            lambda: self.events.append(self.make_event()),
            lambda: self.events.insert(place, self.make_event()),
            lambda: self.events.pop(place),
            self.events.reverse,
            lambda: self.events.__setitem__(place, self.make_event()),
            lambda: self.events.__setitem__(place, [self.events[place][0], *self.make_event()[1:]]),
            lambda: setattr(self, "comment", self.comment + "# A comment.\n"),
            lambda: setattr(self, "head", self.chance.choice(HEADS)),
            lambda: setattr(self, "mission", "replay: every"),
            lambda: setattr(self, "template", self.template + "!"),
        )
        self.chance.choice(changes)()
        self.write()

    def check(self, cache: str = "cache") -> CheckResult:
        """What `check` finds; without a cache if its name is empty."""
        environ = {
            "PERIHELION_SCHEDULE": str(self.path / "schedule.yaml"),
            "PERIHELION_STATE": str(self.path / "state"),
        }
        if cache:
            environ["XDG_CACHE_HOME"] = str(self.path / cache)
        return check.check_everything(environ)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """Today for `check`."""
    clock = ManualClock(TODAY)
    monkeypatch.setattr(check, "SystemClock", lambda: clock)
    return clock


def make_folder(path: Path, seed: int = 1, events: int = 12) -> Folder:
    (path / "templates").mkdir()
    words = (ROOT / "templates" / "_words.j2").read_text("utf-8")
    (path / "templates" / "_words.j2").write_text(words, "utf-8")
    extras = EXTRAS + (WANDERING if seed % 2 else ())
    folder = Folder(path, Random(seed), extras=extras, is_one_file=seed != 2)
    folder.events = [folder.make_event() for _ in range(events)]
    folder.write()
    return folder


@pytest.mark.parametrize("seed", range(4))
def test_whatever_changes_check_says_what_it_says_without_a_cache(
    tmp_path: Path, seed: int, clock: ManualClock
) -> None:
    folder = make_folder(tmp_path, seed)
    assert folder.check().mistakes == []
    for _ in range(5):
        folder.change()
        clock.at += timedelta(days=folder.chance.choice((0, 0, 0, 1)))
        assert folder.check() == folder.check(cache="")


def test_only_posts_of_the_day_that_changed_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path, events=2)
    folder.head, folder.mission = "max_per_day: 3", "tags: [Moon]"
    names = ("one", "two", "three")
    folder.events = [
        [f"id: {name}", f"at: 1969-07-{20 + number}", f"title: It is {name}", "sources: GCAT"]
        for number, name in enumerate(names)
    ]
    folder.write()
    assert folder.check().mistakes == []
    composed: list[str] = []
    compose_post = CachingApp.compose_post

    def note_event(app: CachingApp, anniversary: Anniversary, *others: Any, **more: Any) -> Post:
        composed.append(anniversary.event.id)
        return compose_post(app, anniversary, *others, **more)

    monkeypatch.setattr(CachingApp, "compose_post", note_event)
    folder.check()
    assert composed == []
    folder.events[1][2] = "title: It is another"
    folder.write()
    folder.check()
    assert set(composed) == {"two"}


def test_twins_are_told_where_they_stand_now(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, events=2)
    twin = ["at: 1969-07-20", "title: The probe lands on the Moon", "sources: GCAT"]
    folder.events = [[f"id: {name}", *twin] for name in ("one", "two")]
    folder.write()
    folder.check()
    folder.comment = "# A comment.\n"
    folder.write()
    assert folder.check() == folder.check(cache="")
    assert any(one.code == "twin" for one in folder.check().advice)


@pytest.mark.parametrize("damage", ["UPDATE days SET found = '[[], [], 7]'", "DROP TABLE days"])
def test_a_cache_that_was_tampered_with_changes_nothing(tmp_path: Path, damage: str) -> None:
    folder = make_folder(tmp_path, events=3)
    before = folder.check()
    (file,) = (tmp_path / "cache" / "perihelion").iterdir()
    with sqlite3.connect(file) as connection:
        connection.execute(damage)
    connection.close()
    assert folder.check() == before


def test_a_cache_folder_that_nobody_can_write_changes_nothing(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, events=3)
    (tmp_path / "cache").write_text("a file in place of the folder")
    assert folder.check() == folder.check(cache="")
