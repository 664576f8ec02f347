"""An instant at which every account has a post due, with workers that wait for it."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.rig.cases import IN_FLIGHT, ROOT, Databases, ProcessGroup
from benchmarks.rig.client import PostClient
from perihelion.service.worker import MAX_LEAD_SECONDS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

LATENCY = 0.05
"""Seconds that the server takes to answer."""
PATIENCE = 10
"""How many times the floor all posts may take, and then a minute."""
_CALM_SECONDS, _CALM_SHARE = 3, 0.1
"""A worker waits once it took less than this share of a processor for so many seconds."""
_LEAST_START = 0.3
"""Seconds of processor that no start does without."""
_TICKS = os.sysconf("SC_CLK_TCK")


class DueCase(NamedTuple):
    """How many accounts have one post due, with how many workers, on which database."""

    accounts: int
    workers: int
    store: str

    def __str__(self) -> str:
        workers = f"{self.workers} worker{'s' * (self.workers > 1)}"
        store = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self.store]
        return f"{self.accounts:,} accounts on {store}, {workers}"


@dataclass(frozen=True, slots=True)
class DueResult:
    """Seconds from the instant to the first and last request, and of the longest transaction.

    `floor` is what the bare requests took, from the first to the last.
    """

    first: float
    last: float
    transaction: float
    floor: float


class DueRig:
    """A server, a folder, and processes that end with it."""

    def __init__(self, folder: Path, processes: ProcessGroup) -> None:
        self.folder, self._processes = folder, processes
        server = processes.start_module("benchmarks.rig.server", f"{LATENCY}", {})
        assert server.stdout
        self._port = int(server.stdout.readline())
        self.client = PostClient(self._port)

    def time_floor(self, case: DueCase) -> float:
        """Seconds from the first to the last of as many bare requests."""
        share = case.accounts // case.workers
        job = {"port": self._port, "in_flight": IN_FLIGHT, "workers": case.workers}
        job |= {"deliveries": share, "database": None}
        bare = [
            self._start("benchmarks.rig.baseline", {}, **job, number=number)
            for number in range(case.workers)
        ]
        for one in bare:
            one.communicate()
        stats = self.client.get_stats()
        assert len(stats["posts"]) == share * case.workers, "the bare requests failed"
        return float(stats["last"] - stats["first"])

    def start_workers(
        self, case: DueCase, database: str, instant: float
    ) -> list[subprocess.Popen[str]]:
        """Workers whose ledger has known their accounts since yesterday."""
        write_schedule(self.folder / "schedule.yaml", case.accounts, instant)
        environ = {"PERIHELION_TEMPLATES": str(ROOT / "templates"), "DATABASE_URL": database}
        job = {"port": self._port, "folder": str(self.folder), "instant": instant}
        module = "benchmarks.rig.due_worker"
        prepare = self._start(module, environ, do="prepare", **job)
        prepare.communicate()
        assert prepare.returncode == 0, "the ledger could not be prepared"
        return [self._start(module, environ, do="work", **job) for _ in range(case.workers)]

    def _start(self, module: str, environ: dict[str, str], **job: object) -> subprocess.Popen[str]:
        return self._processes.start_module(module, json.dumps(job), environ)

    def wait_for_posts(self, number: int, until: float) -> None:
        """Wait until so many are posted, at the most until this time."""
        while self.client.count_posts() < number:
            if time.time() > until:
                raise AssertionError(f"only {self.client.count_posts()} of {number} were posted")
            time.sleep(0.5)


def write_schedule(file: Path, accounts: int, instant: float) -> None:
    """One event, to the second, for so many accounts that differ only in their names."""
    at = datetime.fromtimestamp(instant, UTC)
    named = "".join(f"  - {{network: bench, name: b{number}}}\n" for number in range(accounts))
    file.write_text(
        f"defaults: {{spacing: 0m, cards: none}}\naccounts:\n{named}"
        "missions:\n  - id: m\n    name: M\n    events:\n"
        f"      - {{id: e, at: '{at.year - 16}-{at:%m-%dT%H:%M:%SZ}', observe: to-the-minute, "
        "kind: launch, title: The rocket goes up, text: It saw the stars., "
        "sources: made up for a benchmark}\n",
        "utf-8",
    )


@contextmanager
def running_rig() -> Iterator[DueRig]:
    """A rig of its own, taken down at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with (folder / "log").open("w", encoding="utf-8") as log:
            processes = ProcessGroup(log)
            try:
                yield DueRig(folder, processes)
            except BaseException:
                print((folder / "log").read_text(encoding="utf-8")[-3000:])
                raise
            finally:
                processes.kill_all()


def make_database(case: DueCase, folder: Path, databases: Databases) -> str:
    """The URL of an empty ledger."""
    if case.store == "sqlite":
        return f"sqlite:///{folder / 'ledger.sqlite3'}"
    return databases.create_database()


def measure_instant(case: DueCase, databases: Databases, warm: float) -> DueResult:
    """The bare requests, and then the workers, who get `warm` seconds to start."""
    with running_rig() as bare:
        floor = bare.time_floor(case)
    with running_rig() as rig:
        database = make_database(case, rig.folder, databases)
        instant = float(int(time.time() + warm) + 1)
        workers = rig.start_workers(case, database, instant)
        wait_until_calm(workers, instant - MAX_LEAD_SECONDS)
        rig.wait_for_posts(case.accounts, instant + 60 + PATIENCE * floor)
        stats = rig.client.get_stats()
        assert len(stats["posts"]) == case.accounts, "another post than the one of each account"
        assert sum(stats["posts"].values()) == case.accounts, "posts were made twice"
        since = instant - time.time() + time.monotonic()
        transaction = max(stop_worker(worker)["transaction"] for worker in workers)
    return DueResult(stats["first"] - since, stats["last"] - since, transaction, floor)


def measure_idle(case: DueCase, databases: Databases, warm: float, seconds: float) -> float:
    """The processor, in seconds a minute, of a worker that has nothing to do for an hour."""
    with running_rig() as rig:
        instant = time.time() + 3600 + warm + seconds
        (worker,) = rig.start_workers(case, make_database(case, rig.folder, databases), instant)
        wait_until_calm([worker], time.time() + warm)
        before = read_processor(worker.pid)
        time.sleep(seconds)
        return (read_processor(worker.pid) - before) * 60 / seconds


def wait_until_calm(workers: list[subprocess.Popen[str]], until: float) -> None:
    """Wait until all have started and wait themselves; that must be before `until`."""
    calm, before = 0, 0.0
    while calm < _CALM_SECONDS:
        if time.time() > until:
            raise AssertionError("the workers had not started by then: give them a longer --warm")
        time.sleep(1)
        assert not any(worker.poll() is not None for worker in workers), "a worker has ended"
        used = sum(read_processor(worker.pid) for worker in workers)
        calm = calm + 1 if used - before < _CALM_SHARE and used > _LEAST_START * len(workers) else 0
        before = used


def read_processor(process: int) -> float:
    """The seconds of processor that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def stop_worker(worker: subprocess.Popen[str]) -> dict[str, float]:
    """What it has to say at its end."""
    worker.send_signal(signal.SIGTERM)
    output, _none = worker.communicate(timeout=60)
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found
