"""A busy day in real time before servers that break their answers: where the crash tests play.

`Stage` has the schedule, one server per account, the ledger and the program's environment. It
counts what the servers hold, which is what decides; the ledger's word is only compared with it.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from perihelion.ledger.store import Ledger
from perihelion.model.deliveries import TRANSITIONS, State
from perihelion.testing.http_server import FakeServer, Fault, Reply
from tests.fakes import busy_day, program
from tests.fakes.databases import driver
from tests.fakes.mastodon_server import GOTOSOCIAL, MASTODON, FakeMastodon
from tests.fakes.mastodon_server import TOKEN as MASTODON_TOKEN
from tests.fakes.program import ROOT, Run
from tests.fakes.telegram_server import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram_server import FakeTelegram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perihelion.model.deliveries import Delivery
    from perihelion.testing.http_server import Request
    from tests.fakes.sabotage import Sabotage

KINDS = ("keyed", "lookup", "none", "local")
"""What the network can tell: Mastodon's key; GoToSocial's timeline; Telegram, nothing; a file."""
_NETWORKS = {"keyed": "mastodon", "lookup": "mastodon", "none": "telegram", "local": "local"}

LOST = Fault(acted=True, cut_after=0)
HALF = Fault(acted=True, cut_after=70)
BROKEN_AFTER = Fault(reply=Reply(502, {"error": "bad gateway"}), acted=True)
BROKEN = Fault(reply=Reply(500, {"error": "internal"}))
RESET = Fault(cut_after=0)
SLOW = Fault(acted=True, drip=0.0002)
FAULTS = (LOST, HALF, BROKEN_AFTER, BROKEN, RESET, SLOW)
"""Half of them have acted and half have not; the client cannot tell."""

LEASE, PATIENCE, TICK = 1.0, 4.0, 0.4
"""Seconds. A worker's lease and the patience after it outlast every pause of a busy machine."""
_OPEN = (State.DUE, State.WAITING, State.SENDING, State.UNKNOWN)
_PAGE = 40


class ShakyServer(FakeServer):
    """Takes `latency` seconds (from, to) for a POST, and spoils a `share` of its answers."""

    def __init__(self, app: Callable[[Request], Reply], seed: int) -> None:
        super().__init__(app)
        self.share = 0.0
        self.latency = (0.0, 0.03)
        self._random = random.Random(seed)

    def take_fault(self, request: Request) -> Fault | None:
        fault = super().take_fault(request)
        if fault or request.method != "POST":
            return fault
        time.sleep(self._random.uniform(*self.latency))
        return self._random.choice(FAULTS) if self._random.random() < self.share else None


class Stage:
    """`accounts` accounts on the network of `kind`, each with `events` events due just now."""

    def __init__(
        self, folder: Path, kind: str, database: str | None, *, accounts: int, events: int
    ) -> None:
        self.folder, self.kind, self.state = folder, kind, folder / "state"
        self.url = driver(database) if database else f"sqlite:///{self.state / 'ledger.sqlite3'}"
        names = [(_NETWORKS[kind], f"a{number}") for number in range(accounts)]
        self.day = busy_day.today(folder, events, names)
        self.servers: dict[str, ShakyServer] = {}
        self.runs: list[Run] = []
        self._texts: dict[str, Callable[[], list[str]]] = {}
        self.environ = {
            "PATH": os.environ["PATH"],
            "PERIHELION_STATE": str(self.state),
            "PERIHELION_SCHEDULE": str(self.day.path),
            "PERIHELION_TEMPLATES": str(ROOT / "templates"),
            "PERIHELION_LEASE": str(LEASE),
            "PERIHELION_PATIENCE": str(PATIENCE),
            "PERIHELION_TICK": str(TICK),
            "PERIHELION_LOG": "json",
            **({"DATABASE_URL": database} if database else {}),
        }
        if kind != "local":
            for number, name in enumerate(self.day.accounts):
                self._serve(name, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for run in self.runs:
            run.kill()
        for server in self.servers.values():
            server.close()

    def _serve(self, name: str, seed: int) -> None:
        prefix = name.upper()
        if self.kind == "none":
            telegram = FakeTelegram()
            server = ShakyServer(telegram.app, seed)
            self._texts[name] = lambda: [message.text for message in telegram.messages]
            values = {"TOKEN": TELEGRAM_TOKEN, "CHAT": "@yearly"}
        else:
            flavour = MASTODON if self.kind == "keyed" else GOTOSOCIAL
            mastodon = FakeMastodon(flavour, now=lambda: datetime.now(UTC))
            server = ShakyServer(mastodon.app, seed)
            mastodon.url = server.url
            self._texts[name] = lambda: [status.text for status in mastodon.statuses]
            values = {"TOKEN": MASTODON_TOKEN}
        self.servers[name] = server
        values["URL"] = server.url
        self.environ |= {f"{prefix}_{variable}": value for variable, value in values.items()}

    def shake(self, share: float) -> None:
        """Spoil this share of the answers from now on."""
        for server in self.servers.values():
            server.share = share

    def slow_down(self, least: float, most: float) -> None:
        """Take so many seconds for each post from now on; a local line, always the mean.

        For local, it holds for programs that are started from now on.
        """
        self.environ["SLOW_LINES"] = str((least + most) / 2)
        for server in self.servers.values():
            server.latency = (least, most)

    # The program

    def be_born(self) -> None:
        """Make the ledger ten days ago: what is due today is then due in its lifetime."""
        before = (datetime.now(UTC) - timedelta(days=10)).isoformat()
        run = self.start("once", "--at", before)
        assert run.wait() == 0, run.text()
        assert not self.posted()

    def start(
        self,
        *arguments: str,
        sabotage: Sabotage | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Run:
        """Start the program with these arguments."""
        run = program.start(
            list(arguments), self.environ | dict(environ or {}), self.folder, sabotage
        )
        self.runs.append(run)
        return run

    def workers(self, number: int, sabotage: Callable[[], Sabotage] | None = None) -> list[Run]:
        """Start so many workers."""
        return [self.start("run", sabotage=sabotage() if sabotage else None) for _ in range(number)]

    def finish(self, workers: int = 1) -> None:
        """Let undisturbed workers settle everything, and stop them as a host would.

        A look-up reads the account's whole day, so that many of them take their time.
        """
        self.shake(0)
        self.slow_down(0, 0)
        runs = self.workers(workers)
        await_(self.settled, self.open_stories, 90 + 0.7 * len(self.day.keys()))
        for run in runs:
            await_(lambda: run.started, run.text)  # noqa: B023 - awaited at once
            run.signal(signal.SIGTERM)
        for run in runs:
            assert run.wait(20) == 0, run.text()

    # What came of it

    @property
    def ledger(self) -> Ledger:
        """The ledger, as a visitor sees it."""
        return Ledger(
            self.url,
            "visitor",
            timedelta(seconds=LEASE),
            lambda: datetime.now(UTC),
            time.monotonic,
        )

    def counts(self) -> dict[State, int]:
        """How many deliveries stand in each state."""
        ledger = self.ledger
        try:
            return ledger.count_deliveries_by_state()
        finally:
            ledger.close()

    def settled(self, counts: Mapping[State, int] | None = None) -> bool:
        """Whether all that is due was promised, and nothing is open."""
        counts = self.counts() if counts is None else counts
        return sum(counts.values()) == len(self.day.keys()) and not any(
            counts.get(state) for state in _OPEN
        )

    def posted(self) -> Counter[str]:
        """How often each delivery stands on its server."""
        if self.kind == "local":
            return timeline(self.state)
        return Counter(
            self.day.key(name, int(found[1]))
            for name, texts in self._texts.items()
            for found in map(re.compile(r"Event number (\d+) ").search, texts())
            if found
        )

    def verify(self) -> Counter[State]:
        """Nothing doubled, nothing lost, nothing silent; returns how many ended in each state."""
        posted, deliveries = self.posted(), self._deliveries()
        doubled = {key: self._story(key) for key, number in posted.items() if number > 1}
        assert not doubled, f"doubled: {json.dumps(doubled, indent=1)}"
        assert {str(one.key) for one in deliveries} == self.day.keys()
        for one in deliveries:
            key, there = str(one.key), posted[str(one.key)] == 1
            if one.state is State.HELD and self.kind == "none":
                assert f"resolve {key}" in one.reason, "the operator is told what to do"
            else:
                assert one.state is State.SENT, self._story(key)
                assert there, f"lost: {self._story(key)}"
                assert one.receipt_id, self._story(key)
        return Counter(one.state for one in deliveries)

    def verify_history(self) -> None:
        """Each delivery's steps hang together, and each of them is a legal one."""
        ledger = self.ledger
        for one in ledger.list_deliveries():
            steps = ledger.list_history(one.key)
            states = [None, *(step.after for step in steps)]
            assert [step.before for step in steps] == states[:-1], self._story(str(one.key))
            assert states[-1] is one.state
            for step in steps[1:]:
                assert step.before is not None
                assert step.after in TRANSITIONS[step.before], self._story(str(one.key))
        ledger.close()

    def _deliveries(self) -> list[Delivery]:
        ledger = self.ledger
        try:
            return ledger.list_deliveries()
        finally:
            ledger.close()

    def open_stories(self) -> str:
        """What is not settled yet, and how the first three of it came to be so."""
        open_ = [str(one.key) for one in self._deliveries() if one.state in _OPEN]
        return f"{self.counts()}\n{json.dumps([self._story(key) for key in open_[:3]], indent=1)}"

    def _story(self, key: str) -> list[str]:
        ledger = self.ledger
        one = next(one for one in ledger.list_deliveries() if str(one.key) == key)
        steps = ledger.list_history(one.key)
        ledger.close()
        return [f"{s.at} {s.worker} {s.before} -> {s.after}: {s.reason}" for s in steps]


def timeline(state: Path) -> Counter[str]:
    """How often each key stands on the local timeline."""
    file = state / "timeline.jsonl"
    if not file.exists():
        return Counter()
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]  # the last may be half written
    return Counter(json.loads(line)["key"] for line in whole)


def await_(
    done: Callable[[], bool], story: Callable[[], str] = lambda: "", seconds: float = 120
) -> None:
    """Wait until `done()`; fails with the story after far more time than it can take."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not done after {seconds} s: {story()}"
        time.sleep(0.01)
