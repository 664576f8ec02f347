"""A ledger of ten years of a hundred accounts, and what it costs to ask it."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from perihelion.ledger.engine import open_engine
from perihelion.model.deliveries import DeliveryFilter, State
from tests.fakes import query_plans
from tests.fakes.delivery_runner import make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import NOON, LedgerTestbed, make_key
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
DELIVERIES_EACH = 3650
QUESTION_AIM, STATUS_AIM, MEMORY_AIM = 50.0, 6.0, 1.5
TURN_AIM = 50.0

_LIST = "SELECT key, state, reason, url, attempts, day, due_at, ready_at FROM deliveries"
_OPEN = f"{_LIST} WHERE state IN ('due', 'waiting', 'unknown')"
_PLAIN_LISTING = f"""
import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute({_LIST + " ORDER BY due_at DESC, key"!r})
for row in rows:
    print(json.dumps(row))
"""


class Cost(NamedTuple):
    """Of a process: seconds of processor, and the peak of its memory in MB."""

    seconds: float
    megabytes: float


def measure_ledger(folder: Path, rounds: int) -> Iterator[tuple[str, float, float, float]]:
    """What was asked, our cost and the floor's (seconds or MB), and the aim for their ratio."""
    file = folder / "ledger.sqlite3"
    testbed = fill(file)
    yield from _measure_status(file, rounds)
    ledger = testbed.open_ledger()
    key = make_key(5, "a7")
    request = testbed.make_request([f"a{number}" for number in range(query_plans.ACCOUNT_COUNT)])
    held = DeliveryFilter(states=(State.HELD,))
    questions: dict[str, tuple[Callable[[], object], str]] = {
        "`status KEY`": (lambda: ledger.list_history(key), f"{_LIST} WHERE key = '{key}'"),
        "the latest 20": (
            lambda: ledger.list_summaries(DeliveryFilter(), 20),
            f"{_LIST} ORDER BY due_at DESC LIMIT 20",
        ),
        "what is held": (
            lambda: ledger.list_summaries(held, 200),
            f"{_LIST} WHERE state = 'held' ORDER BY due_at DESC LIMIT 200",
        ),
        "counts": (
            ledger.count_deliveries_by_state,
            "SELECT state, count(*) FROM deliveries GROUP BY state",
        ),
        "what is ready, of a worker's turn": (
            lambda: ledger.list_ready(request),
            _OPEN,
        ),
    }
    with closing(sqlite3.connect(file)) as plain:
        for what, (ask, statement) in questions.items():
            ours = time_median(ask, rounds)
            floor = time_median(partial(_fetch_all, plain, statement), rounds)
            yield f"{what}, of the bare statement", ours, floor, QUESTION_AIM
        take_turn = start_worker(testbed)
        floor = time_median(partial(_fetch_all, plain, _OPEN), rounds)
        ours = time_median(take_turn, 10 * rounds)
        yield "a worker's whole turn, of that statement", ours, floor, TURN_AIM
    testbed.close()


def start_worker(testbed: LedgerTestbed) -> Callable[[], object]:
    """One turn of a worker that has posted all there is, for all accounts of the ledger."""
    names = [f"a{number}" for number in range(query_plans.ACCOUNT_COUNT)]
    runner = make_runner(testbed, {name: FakeNetwork() for name in names}, make_event())
    runner.run_pass()

    def take_turn() -> None:
        runner.loop.promise_due()
        runner.exchange_with_ledger()

    return take_turn


def fill(file: Path) -> LedgerTestbed:
    """Make the ledger."""
    query_plans.DELIVERIES_EACH = DELIVERIES_EACH
    testbed = LedgerTestbed(f"sqlite:///{file}")
    engine = open_engine(f"sqlite:///{file}")
    testbed.open_ledger().migrate(NOON)
    query_plans.fill_ledger(testbed, engine)
    engine.dispose()
    return testbed


def _fetch_all(plain: sqlite3.Connection, statement: str) -> list[object]:
    return plain.execute(statement).fetchall()


def time_median(ask: Callable[[], object], rounds: int) -> float:
    """The median seconds of a question that has been asked before."""
    ask()
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def _measure_status(file: Path, rounds: int) -> Iterator[tuple[str, float, float, float]]:
    environ = {"PERIHELION_STATE": str(file.parent), "PERIHELION_SCHEDULE": str(file.parent / "s")}
    Path(environ["PERIHELION_SCHEDULE"]).write_text("missions: []\n", "utf-8")
    plain = [sys.executable, "-c", _PLAIN_LISTING, str(file)]
    ours = [sys.executable, "bot.py", "status", "--json"]
    pairs = [(_run(ours, environ), _run(plain, {})) for _ in range(rounds)]
    seconds = statistics.median(one.seconds for one, _ in pairs)
    floor = statistics.median(one.seconds for _, one in pairs)
    megabytes = statistics.median(one.megabytes for one, _ in pairs)
    yield "`status --json`, of a bare listing as JSON", seconds, floor, STATUS_AIM
    imports = [sys.executable, "bot.py", "status", "--page", "1"]
    yield "its memory, of a page", megabytes, _run(imports, environ).megabytes, MEMORY_AIM


def _run(command: list[str], environ: dict[str, str]) -> Cost:
    """The cost of one call, by a process of its own."""
    measure = (
        "import json, resource, subprocess, sys;"
        "subprocess.run(json.loads(sys.argv[1]), stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))"
    )
    call = [sys.executable, "-c", measure, json.dumps(command)]
    given = {**os.environ, **environ}
    return Cost(*json.loads(subprocess.check_output(call, cwd=ROOT, env=given)))
