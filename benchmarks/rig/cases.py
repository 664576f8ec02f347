"""Play one case: a server, what fills the queue, the workers; each a fresh process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from benchmarks.rig.client import PostClient
from tests.fakes import busy_day, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
IN_FLIGHT = 16
PERIHELION, READY, BASELINE, NETWORK = "perihelion", "ready", "floor", "network"
MODULES = {
    PERIHELION: "benchmarks.rig.perihelion_worker",
    READY: "benchmarks.rig.perihelion_worker",
    BASELINE: "benchmarks.rig.baseline",
    NETWORK: "benchmarks.rig.baseline",
    "huey": "benchmarks.peers.huey_peer",
    "procrastinate": "benchmarks.peers.procrastinate_peer",
    "dbos": "benchmarks.peers.dbos_peer",
}
_QUIET = 6.0
"""Seconds without a post after which nobody is expected to make another one."""
_QUIET_AFTER_KILL = 25.0
"""The same while a dead worker's lease runs out, and what it had in flight is looked up."""


@dataclass(frozen=True, slots=True)
class BenchmarkCase:
    """Who delivers how much, with which store, and how slow the network is (seconds)."""

    who: str
    store: str
    workers: int
    latency: float
    deliveries: int
    kill: bool = False


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """What came of it: deliveries/s between first and last arrival, MB of the largest worker."""

    case: BenchmarkCase
    rate: float
    peak: float
    lost: int
    doubled: int
    imports: float = 0.0
    """MB of an interpreter with the same imports; 0 where it was not asked."""


class Databases:
    """PostgreSQL with everything on disk; a new database for each case."""

    def __init__(self) -> None:
        self._server = postgres.PostgresServer(("fsync=on", "max_connections=200"))
        self._made = 0
        try:
            self._server.start()
        except BaseException:
            self._server.remove()
            raise

    @property
    def version(self) -> str:
        """The server's version."""
        return str(self._server.execute_sql("SHOW server_version")[0][0]).split()[0]

    def create_database(self) -> str:
        """The URL of an empty database."""
        self._made += 1
        return self._server.create_database(f"bench_{self._made}")

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self._server.remove()


class ProcessGroup:
    """Processes of the rig; all of them end with it."""

    def __init__(self, log: IO[str]) -> None:
        self._log, self._all = log, list[subprocess.Popen[str]]()

    def start_module(
        self, module: str, argument: str, environ: dict[str, str]
    ) -> subprocess.Popen[str]:
        """`python -m module argument`."""
        process = subprocess.Popen(
            [sys.executable, "-m", module, argument],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environ},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._all.append(process)
        return process

    def kill_all(self) -> None:
        """Kill what still runs."""
        for process in self._all:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def account_names(case: BenchmarkCase) -> list[str]:
    """Twice as many as requests may be in flight: an account has only one at a time."""
    return [f"bench-{number:03}" for number in range(2 * IN_FLIGHT * case.workers)]


class Rig:
    """One case, set up."""

    def __init__(
        self, case: BenchmarkCase, folder: Path, databases: Databases, processes: ProcessGroup
    ) -> None:
        self.case, self.folder, self.processes = case, folder, processes
        server = processes.start_module("benchmarks.rig.server", f"{case.latency}", {})
        assert server.stdout
        first_line = server.stdout.readline()
        assert first_line, f"the server ended with status {server.wait()} instead of listening"
        self.port = int(first_line)
        self.client = PostClient(self.port)
        self.database: str | None = None
        if case.store == "sqlite":
            self.database = f"sqlite:///{folder / 'ledger.sqlite3'}"
        elif case.store == "postgresql":
            self.database = databases.create_database()
        self.deliveries = case.deliveries
        self._environ = self._make_environ()

    def _make_environ(self) -> dict[str, str]:
        environ = {"PERIHELION_TEMPLATES": str(ROOT / "templates"), "PERIHELION_PATIENCE": "1"}
        if self.database:
            environ["DATABASE_URL"] = self.database
        if self.case.kill:
            environ["PERIHELION_LEASE"] = "5"
        if self.case.who == READY:
            environ["PERIHELION_LOG_LEVEL"] = "warning"
        return environ

    def fill_queue(self) -> None:
        """Fill the queue, or write the schedule."""
        if self.case.who in {PERIHELION, READY, BASELINE}:
            accounts = account_names(self.case)
            events = self.case.deliveries // len(accounts)
            self.deliveries = events * len(accounts)
            busy_day.write_schedule(self.folder, events, [("bench", name) for name in accounts])
            self._run_to_end(MODULES[PERIHELION])
        elif self.case.who != NETWORK:
            self._run_to_end(MODULES[self.case.who])

    def _run_to_end(self, module: str) -> None:
        process = self.processes.start_module(module, self._make_job("prepare"), self._environ)
        process.communicate()
        assert process.returncode == 0, f"{module} could not prepare"

    def _make_job(self, do: str, **more: object) -> str:
        job = {
            "do": do,
            "folder": str(self.folder),
            "port": self.port,
            "in_flight": IN_FLIGHT,
            "workers": self.case.workers,
            "deliveries": self.deliveries,
            "database": self.database,
            "accounts": account_names(self.case)
            if self.case.who in {PERIHELION, READY, BASELINE}
            else [],
            "ready": self.case.who == READY,
            **more,
        }
        if self.case.who == NETWORK:
            job["deliveries"] = self.deliveries // self.case.workers
        return json.dumps(job)

    def start_workers(self, **more: object) -> list[subprocess.Popen[str]]:
        """The workers."""
        module = MODULES[self.case.who]
        return [
            self.processes.start_module(
                module, self._make_job("work", number=n, **more), self._environ
            )
            for n in range(self.case.workers)
        ]

    def watch_workers(
        self, workers: Sequence[subprocess.Popen[str]], until: int, quiet: float = _QUIET
    ) -> float:
        """Wait for `until` posts or for quiet; returns the largest worker's peak, in MB."""
        peak, count, since = 0.0, 0, time.monotonic()
        patience = 120.0
        while count < until and time.monotonic() - since < patience:
            time.sleep(0.005 if self.case.kill else 0.05)
            peak = max([peak, *(read_peak_mb(worker.pid) for worker in workers)])
            assert not any(worker.poll() for worker in workers), "a worker failed"
            now = self.client.count_posts()
            if now > count:
                count, since, patience = now, time.monotonic(), quiet
        return peak


def read_peak_mb(process: int) -> float:
    """The most memory a process ever had resident, in MB; 0 if it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def running_rig(case: BenchmarkCase, databases: Databases) -> Iterator[Rig]:
    """A rig in a folder of its own, taken down at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with (folder / "log").open("w", encoding="utf-8") as log:
            processes = ProcessGroup(log)
            try:
                made = Rig(case, folder, databases, processes)
                made.fill_queue()
                yield made
            except BaseException:
                print((folder / "log").read_text(encoding="utf-8")[-3000:], file=sys.stderr)
                raise
            finally:
                processes.kill_all()


def run_case(case: BenchmarkCase, databases: Databases) -> BenchmarkResult:
    """One case from start to end."""
    with running_rig(case, databases) as made:
        ours = case.who in {PERIHELION, READY}
        modules = str(made.folder / "modules.json")
        first = made.start_workers(**({"modules": modules} if ours and not case.kill else {}))
        half = made.deliveries // 2
        peak = made.watch_workers(first, half if case.kill else made.deliveries)
        if case.kill:
            for worker in first:
                worker.kill()
                worker.wait()
            again = made.start_workers(persist=True, later=10)
            made.watch_workers(again, 10 * made.deliveries, _QUIET_AFTER_KILL)
        elif ours:
            for worker in first:
                worker.communicate(timeout=60)
        return _make_result(made, peak, modules if ours and not case.kill else "")


def _make_result(made: Rig, peak: float, modules: str) -> BenchmarkResult:
    stats = made.client.get_stats()
    posts: dict[str, Any] = stats["posts"]
    assert made.case.kill or stats["most"] <= IN_FLIGHT * made.case.workers, "too many in flight"
    seconds = stats["last"] - stats["first"]
    imports = 0.0
    if modules:
        job = json.dumps({"do": "imports", "modules": modules})
        output, _none = made.processes.start_module(MODULES[PERIHELION], job, {}).communicate()
        imports = json.loads(output)["peak"]
    return BenchmarkResult(
        case=made.case,
        rate=len(posts) / seconds if seconds else 0.0,
        peak=peak,
        lost=made.deliveries - len(posts),
        doubled=sum(posts.values()) - len(posts),
        imports=imports,
    )
