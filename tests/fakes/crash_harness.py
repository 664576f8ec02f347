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
from tests.fakes import bot_process, busy_day
from tests.fakes.database_fixtures import to_driver_url
from tests.fakes.mastodon_server import GOTOSOCIAL, MASTODON, FakeMastodon
from tests.fakes.mastodon_server import TOKEN as MASTODON_TOKEN
from tests.fakes.telegram_server import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram_server import FakeTelegram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perihelion.model.deliveries import Delivery
    from perihelion.testing.http_server import Request
    from tests.fakes.bot_process import BotProcess
    from tests.fakes.crash_points import CrashPoint

KINDS = ("keyed", "lookup", "none", "local")
"""What the network can tell: Mastodon's key; GoToSocial's timeline; Telegram, nothing; a file."""
_NETWORKS = {"keyed": "mastodon", "lookup": "mastodon", "none": "telegram", "local": "local"}

LOST_ANSWER = Fault(acted=True, cut_after=0)
HALF_ANSWER = Fault(acted=True, cut_after=70)
BROKEN_AFTER = Fault(reply=Reply(502, {"error": "bad gateway"}), acted=True)
BROKEN = Fault(reply=Reply(500, {"error": "internal"}))
RESET = Fault(cut_after=0)
SLOW = Fault(acted=True, drip=0.0002)
FAULTS = (LOST_ANSWER, HALF_ANSWER, BROKEN_AFTER, BROKEN, RESET, SLOW)
"""Half of them have acted and half have not; the client cannot tell."""

LEASE, PATIENCE, TICK = 1.0, 4.0, 0.4
"""Seconds. A worker's lease and the patience after it outlast every pause of a busy machine."""
_OPEN = (State.DUE, State.WAITING, State.SENDING, State.UNKNOWN)
_PAGE = 40


class FlakyServer(FakeServer):
    """Takes `latency` seconds (from, to) for a POST, and spoils a `share` of its answers."""

    def __init__(self, app: Callable[[Request], Reply], seed: int) -> None:
        super().__init__(app)
        self.fault_share = 0.0
        self.latency = (0.0, 0.03)
        self._random = random.Random(seed)

    def take_fault(self, request: Request) -> Fault | None:
        fault = super().take_fault(request)
        if fault or request.method != "POST":
            return fault
        time.sleep(self._random.uniform(*self.latency))
        return self._random.choice(FAULTS) if self._random.random() < self.fault_share else None


class CrashHarness:
    """`accounts` accounts on the network of `kind`, each with `events` events due just now.

    They fell due minutes ago, and the program would look all of them up first. Without
    `asks_when_late` it takes them for promises that came in time, so that it has much to send.
    """

    def __init__(  # noqa: PLR0913 - a builder: each test names only what it is about
        self,
        folder: Path,
        kind: str,
        database: str | None,
        *,
        accounts: int,
        events: int,
        asks_when_late: bool = False,
        cards: str = "none",
    ) -> None:
        self.folder, self.kind, self.state = folder, kind, folder / "state"
        self.url = (
            to_driver_url(database) if database else f"sqlite:///{self.state / 'ledger.sqlite3'}"
        )
        names = [(_NETWORKS[kind], f"a{number}") for number in range(accounts)]
        self.day = busy_day.write_schedule_for_today(folder, events, names, cards)
        self.servers: dict[str, FlakyServer] = {}
        self.runs: list[BotProcess] = []
        self._texts: dict[str, Callable[[], list[str]]] = {}
        self._mastodons: list[FakeMastodon] = []
        self.environ = {
            "PATH": os.environ["PATH"],
            "PERIHELION_STATE": str(self.state),
            "PERIHELION_SCHEDULE": str(self.day.path),
            "PERIHELION_TEMPLATES": str(busy_day.write_templates(folder)),
            "PERIHELION_LEASE": str(LEASE),
            "PERIHELION_PATIENCE": str(PATIENCE),
            "PERIHELION_TICK": str(TICK),
            "PERIHELION_LOG": "json",
            **({} if asks_when_late else {"PROMPT_PROMISE": "3600"}),
            **({"DATABASE_URL": database} if database else {}),
        }
        if kind != "local":
            for number, name in enumerate(self.day.accounts):
                self._start_server(name, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for run in self.runs:
            run.kill()
        for server in self.servers.values():
            server.close()

    def _start_server(self, name: str, seed: int) -> None:
        prefix = name.upper()
        if self.kind == "none":
            telegram = FakeTelegram()
            server = FlakyServer(telegram.handle_request, seed)
            self._texts[name] = lambda: [message.text for message in telegram.messages]
            values = {"TOKEN": TELEGRAM_TOKEN, "CHAT": "@yearly"}
        else:
            flavour = MASTODON if self.kind == "keyed" else GOTOSOCIAL
            mastodon = FakeMastodon(flavour, now=lambda: datetime.now(UTC))
            server = FlakyServer(mastodon.handle_request, seed)
            mastodon.url = server.url
            self._mastodons.append(mastodon)
            self._texts[name] = lambda: [status.text for status in mastodon.statuses]
            values = {"TOKEN": MASTODON_TOKEN}
        self.servers[name] = server
        values["URL"] = server.url
        self.environ |= {f"{prefix}_{variable}": value for variable, value in values.items()}

    def set_fault_share(self, share: float) -> None:
        """Spoil this share of the answers from now on."""
        for server in self.servers.values():
            server.fault_share = share

    def slow_down(self, making_seconds: float, show_after: timedelta) -> None:
        """From now on a post takes this long to be made, and then to be shown."""
        for mastodon in self._mastodons:
            mastodon.making_seconds, mastodon.show_after = making_seconds, show_after
        if not self._mastodons:
            self.set_latency(making_seconds, making_seconds)

    def set_latency(self, least: float, most: float) -> None:
        """Take so many seconds for each post from now on; a local line, always the mean.

        For local, it holds for programs that are started from now on.
        """
        self.environ["SLOW_LINES"] = str((least + most) / 2)
        for server in self.servers.values():
            server.latency = (least, most)

    # The program

    def create_old_ledger(self) -> None:
        """Make the ledger ten days ago: what is due today is then due in its lifetime."""
        before = (datetime.now(UTC) - timedelta(days=10)).isoformat()
        run = self.start_bot("once", "--at", before, "--state", str(self.state))
        assert run.wait() == 0, run.read_output()
        assert not self.count_posts()

    def start_bot(
        self,
        *arguments: str,
        crash_point: CrashPoint | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> BotProcess:
        """Start the program with these arguments."""
        run = bot_process.start_bot(
            list(arguments), self.environ | dict(environ or {}), self.folder, crash_point
        )
        self.runs.append(run)
        return run

    def start_workers(
        self, number: int, make_crash_point: Callable[[], CrashPoint] | None = None
    ) -> list[BotProcess]:
        """Start so many workers."""
        return [
            self.start_bot("run", crash_point=make_crash_point() if make_crash_point else None)
            for _ in range(number)
        ]

    def run_until_settled(self, workers: int = 1) -> None:
        """Let undisturbed workers settle everything, and stop them as a host would.

        A look-up reads the account's whole day, so that many of them take their time.
        """
        self.set_fault_share(0)
        self.set_latency(0, 0)
        runs = self.start_workers(workers)
        patience = 90 + 0.7 * len(self.day.delivery_keys())
        wait_until(self.is_settled, self.describe_open_deliveries, patience, pause=0.1)
        for run in runs:
            wait_until(lambda: run.has_started, run.read_output)  # noqa: B023 - awaited at once
            run.send_signal(signal.SIGTERM)
        for run in runs:
            assert run.wait(20) == 0, run.read_output()

    # What came of it

    def list_uploads(self) -> list[bytes]:
        """The pictures that were uploaded to Mastodon, whether or not a post shows them."""
        return [one.data for mastodon in self._mastodons for one in mastodon.media.values()]

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

    def count_states(self) -> dict[State, int]:
        """How many deliveries stand in each state."""
        ledger = self.ledger
        try:
            return ledger.count_deliveries_by_state()
        finally:
            ledger.close()

    def is_settled(self, counts: Mapping[State, int] | None = None) -> bool:
        """Whether all that is due was promised, and nothing is open."""
        counts = self.count_states() if counts is None else counts
        return sum(counts.values()) == len(self.day.delivery_keys()) and not any(
            counts.get(state) for state in _OPEN
        )

    def count_posts(self) -> Counter[str]:
        """How often each delivery stands on its server."""
        if self.kind == "local":
            return count_timeline_keys(self.state)
        return Counter(
            self.day.delivery_key(name, int(found[1]))
            for name, texts in self._texts.items()
            for found in map(re.compile(r"Event number (\d+) ").search, texts())
            if found
        )

    def verify_deliveries(self) -> Counter[State]:
        """Nothing doubled, nothing lost, nothing silent; returns how many ended in each state."""
        posted, deliveries = self.count_posts(), self.list_deliveries()
        doubled = {key: self._describe_history(key) for key, number in posted.items() if number > 1}
        assert not doubled, f"doubled: {json.dumps(doubled, indent=1)}"
        assert {str(one.key) for one in deliveries} == self.day.delivery_keys()
        for one in deliveries:
            key, there = str(one.key), posted[str(one.key)] == 1
            if one.state is State.HELD:
                assert f"resolve {key}" in one.reason, "the operator is told what to do"
            else:
                assert one.state is State.SENT, self._describe_history(key)
                assert there, f"lost: {self._describe_history(key)}"
                assert one.receipt_id, self._describe_history(key)
        return Counter(one.state for one in deliveries)

    def verify_history(self) -> None:
        """Each delivery's steps hang together, and each of them is a legal one."""
        ledger = self.ledger
        for one in ledger.list_deliveries():
            steps = ledger.list_history(one.key)
            states = [None, *(step.after for step in steps)]
            assert [step.before for step in steps] == states[:-1], self._describe_history(
                str(one.key)
            )
            assert states[-1] is one.state
            for step in steps[1:]:
                assert step.before is not None
                assert step.after in TRANSITIONS[step.before], self._describe_history(str(one.key))
        ledger.close()

    def list_deliveries(self) -> list[Delivery]:
        ledger = self.ledger
        try:
            return ledger.list_deliveries()
        finally:
            ledger.close()

    def list_in_doubt(self) -> list[Delivery]:
        """What was tried, and nobody knows the outcome of."""
        states = (State.UNKNOWN, State.HELD)
        return [one for one in self.list_deliveries() if one.state in states and one.attempts]

    def describe_open_deliveries(self) -> str:
        """What is not settled yet, and how the first three of it came to be so."""
        open_ = [str(one.key) for one in self.list_deliveries() if one.state in _OPEN]
        histories = [self._describe_history(key) for key in open_[:3]]
        return f"{self.count_states()}\n{json.dumps(histories, indent=1)}"

    def _describe_history(self, key: str) -> list[str]:
        ledger = self.ledger
        one = next(one for one in ledger.list_deliveries() if str(one.key) == key)
        steps = ledger.list_history(one.key)
        ledger.close()
        return [f"{s.at} {s.worker} {s.before} -> {s.after}: {s.reason}" for s in steps]


def count_timeline_keys(state: Path) -> Counter[str]:
    """How often each key stands on the local timeline."""
    file = state / "timeline.jsonl"
    if not file.exists():
        return Counter()
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]  # the last may be half written
    return Counter(json.loads(line)["key"] for line in whole)


def wait_until(
    done: Callable[[], bool],
    describe: Callable[[], str] = lambda: "",
    seconds: float = 120,
    pause: float = 0.01,
) -> None:
    """Wait until `done()`; fails with the story after far more time than it can take."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not done after {seconds} s: {describe()}"
        time.sleep(pause)
