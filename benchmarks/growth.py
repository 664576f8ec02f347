"""What grows with the accounts and with the years, as ratios to a floor in the same run.

    python -m benchmarks.growth [--only start|check|ledger|almanac|due ...] [--rounds N] [--write]
                                [--accounts N N N] [--warm SECONDS] [--idle SECONDS]

Each part takes a few minutes at most. `start` compares the verbs with `--help`; `check` compares a
hundred accounts with one; `ledger` asks a ledger of ten years of a hundred accounts (365,000
deliveries in SQLite) against the least that SQLite itself needs; `almanac` finds the next due
instant of 10,000 accounts against that of four; `due` lets workers post once on each of thousands
of accounts at one instant, against the bare requests. Its own sizes are small, for a trial; the
real ones are `--accounts 1000 2000 10000 --warm 150`. `--write` puts the table into
docs/benchmarks.md, and refuses that on a busy machine. Ends with 1 when an aim is missed.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.almanac import ACCOUNTS, NOON, make_accounts, make_events, time_fastest
from benchmarks.rig.due_figures import DueSizes, measure_due
from benchmarks.rig.growth_ledger import measure_ledger
from benchmarks.rig.machine_load import describe_load, require_quiet_machine
from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import find_next_due_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- growth: begin -->", "<!-- growth: end -->"
VERB_AIMS = {"once": 6.0, "upcoming": 5.0, "status": 6.5, "check": 60.0}
"""Times the processor that `--help` takes, with the shipped schedule."""
CHECK_AIM = 1.45
"""A hundred accounts that differ only in name, against one."""
EVENTS = 60
DUE = "due"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, in seconds of processor or another unit, its floor, and the aim."""

    what: str
    ours: float
    floor: float
    aim: float

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.ours / self.floor


def time_process(*arguments: str, environ: dict[str, str]) -> float:
    """The seconds of processor of one call of `bot.py`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "bot.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(calls: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each call, all of them in turns; one round before only warms the caches."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            seconds = call()
            if number:
                taken[name].append(seconds)
    return {name: statistics.median(found) for name, found in taken.items()}


def measure_starts(folder: Path, rounds: int) -> Iterator[Figure]:
    """Verbs of the shipped schedule, none of which has anything to do."""
    environ = {"PERIHELION_STATE": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache")}
    time_process("once", environ=environ)
    calls: dict[str, Callable[[], float]] = {
        name: partial(time_process, name, environ=environ) for name in ("--help", *VERB_AIMS)
    }
    found = compare(calls, rounds)
    for name, aim in VERB_AIMS.items():
        yield Figure(f"`{name}`, of `--help`", found[name], found["--help"], aim)


def write_schedule(file: Path, accounts: int) -> None:
    """A small schedule with so many accounts that differ only in their names."""
    named = "".join(f"  - {{network: mastodon, name: m{number}}}\n" for number in range(accounts))
    events = "".join(
        f"      - {{id: e{number}, at: {1961 + number}-{1 + number % 12:02}-15, kind: launch, "
        f"title: Number {number} goes up, text: It saw the stars., sources: GCAT}}\n"
        for number in range(EVENTS)
    )
    head = "missions:\n  - id: m\n    name: M\n    events:\n"
    file.write_text(f"accounts:\n{named}{head}{events}", "utf-8")


def measure_check(folder: Path, rounds: int) -> Iterator[Figure]:
    """`check` of a hundred accounts against one."""
    environ = {"PERIHELION_TEMPLATES": str(ROOT / "templates")}
    calls: dict[str, Callable[[], float]] = {}
    for accounts in (1, 100):
        file = folder / f"{accounts}.yaml"
        write_schedule(file, accounts)
        calls[str(accounts)] = partial(time_process, "check", str(file), environ=environ)
    found = compare(calls, rounds)
    yield Figure("`check` of 100 accounts, of 1", found["100"], found["1"], CHECK_AIM)


def measure_ten_years(folder: Path, rounds: int) -> Iterator[Figure]:
    """Questions to a ledger of 365,000 deliveries."""
    for what, ours, floor, aim in measure_ledger(folder, rounds):
        yield Figure(what, ours, floor, aim)


def measure_almanac(_folder: Path, rounds: int) -> Iterator[Figure]:
    """The next due instant of 10,000 accounts in four zones, against one account in each."""
    calendar = Calendar(make_events(1000))
    few, many = make_accounts(4), make_accounts(ACCOUNTS)
    floor, _ = time_fastest(partial(find_next_due_time, calendar, few, NOON), rounds)
    ours, _ = time_fastest(partial(find_next_due_time, calendar, many, NOON), rounds)
    yield Figure("next due instant of 10,000 accounts, of 4", ours, floor, 30.0)


def measure_due_instants(sizes: DueSizes, _folder: Path, _rounds: int) -> Iterator[Figure]:
    """All accounts due at one instant; once, as it takes minutes."""
    for what, ours, floor, aim in measure_due(sizes):
        yield Figure(what, ours, floor, aim)


PARTS = {
    "start": measure_starts,
    "check": measure_check,
    "ledger": measure_ten_years,
    "almanac": measure_almanac,
}


def render(figures: list[Figure]) -> str:
    """The table, as Markdown."""
    lines = [
        f"Python {sys.version.split()[0]}; {describe_load()}.",
        "",
        f"| what | times its floor | aim, {describe_load()} | met |",
        "|---|---|---|---|",
    ]
    for one in figures:
        met = "yes" if one.ratio <= one.aim else "**no**"
        lines.append(f"| {one.what} | {one.ratio:.3g} | at most {one.aim:.3g} | {met} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print or write the table, and say whether the aims are met."""
    parser = argparse.ArgumentParser(description="What grows with accounts and years.")
    parser.add_argument("--only", choices=(*PARTS, DUE), nargs="+", default=[*PARTS, DUE])
    parser.add_argument("--rounds", type=int, default=5)
    what = "of `due`: with one worker, with four, and on SQLite"
    parser.add_argument("--accounts", type=int, nargs=3, default=(50, 100, 100), help=what)
    parser.add_argument("--warm", type=float, default=60, help="seconds for workers to start")
    parser.add_argument("--idle", type=float, default=60, help="seconds that an idle worker waits")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = parser.parse_args()
    require_quiet_machine(writes=chosen.write)
    sizes = DueSizes(*chosen.accounts, warm=chosen.warm, idle=chosen.idle)
    parts = {**PARTS, DUE: partial(measure_due_instants, sizes)}
    figures: list[Figure] = []
    for part in chosen.only:
        with tempfile.TemporaryDirectory() as folder:
            for one in parts[part](Path(folder), chosen.rounds):
                print(f"{one.what}: {one.ours:.4g} / {one.floor:.4g}", flush=True)
                figures.append(one)
    table = render(figures)
    print(f"\n{table}")
    if chosen.write:
        page = ROOT / "docs" / "benchmarks.md"
        before, _, rest = page.read_text("utf-8").partition(BEGIN)
        page.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", "utf-8")
    return int(any(one.ratio > one.aim for one in figures))


if __name__ == "__main__":
    sys.exit(main())
