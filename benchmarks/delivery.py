"""Deliveries per second, memory, and what a kill loses or doubles: we, the floor, and peers.

    python benchmarks/delivery.py [--quick] [--write] [--deliveries N] [--seconds N] [--only TEXT]
                                   [--rounds N]

All deliver to the same loopback server by the same few lines of http.client, with 16 requests in
flight and their bookkeeping on disk, each case in fresh processes. The rate is counted by the
server, from the first arrival to the last. What fills the queue (a peer's tasks, our day's plan)
is done before. What the aims compare is played `--rounds` times in turn, and each case's median is
kept: a machine's speed changes by half within minutes. `--write` puts the tables into
docs/benchmarks.md. Ends with 1 when an aim is missed.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.rig.cases import (  # noqa: E402 - found by the line above
    BASELINE,
    IN_FLIGHT,
    NETWORK,
    PERIHELION,
    READY,
    BenchmarkCase,
    BenchmarkResult,
    Databases,
    run_case,
)
from benchmarks.rig.machine_load import require_quiet_machine  # noqa: E402 - as above
from benchmarks.rig.report import Results, describe_machine, render_aims, write_between_markers  # noqa: E402 - as above

DELIVERIES = 10_000
LATENCIES = (0.0, 0.005, 0.05, 0.2)
WORKERS = (1, 2, 4, 8)
STORES = ("sqlite", "postgresql")
PEERS = (("huey", "none", 10_000), ("procrastinate", "postgresql", 3_000), ("dbos", "none", 400))
"""With how many deliveries at the most: the slow ones get fewer."""


class RunSize:
    """How much is done: as much as the network alone would take in some seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        self.max_deliveries, self.seconds = most, seconds

    def deliveries_for(self, workers: int, latency: float, most: int = DELIVERIES) -> int:
        """Deliveries of one case, a multiple of all requests in flight."""
        batch = IN_FLIGHT * workers
        number = min(self.max_deliveries, most, int(self.seconds * batch / max(latency, 0.001)))
        return max(number // batch, 2) * batch


def list_cases(size: RunSize) -> list[BenchmarkCase]:
    """Everything to be measured, what is compared standing side by side."""
    found = []
    for latency in LATENCIES:
        for workers in WORKERS:
            number = size.deliveries_for(workers, latency)
            found.append(BenchmarkCase(NETWORK, "none", workers, latency, number))
            found += [BenchmarkCase(READY, store, workers, latency, number) for store in STORES]
            if workers in {1, 8}:
                found += [
                    BenchmarkCase(PERIHELION, store, workers, latency, number) for store in STORES
                ]
            if workers == 1:
                found += [BenchmarkCase(BASELINE, store, 1, latency, number) for store in STORES]
                found += [
                    BenchmarkCase(peer, store, 1, latency, size.deliveries_for(1, latency, most))
                    for peer, store, most in PEERS
                ]
    kills = [(PERIHELION, store, DELIVERIES) for store in STORES]
    for who, store, most in (*kills, *PEERS):
        found.append(
            BenchmarkCase(who, store, 1, 0.005, size.deliveries_for(1, 0.005, most), kill=True)
        )
    return found


def is_compared(case: BenchmarkCase) -> bool:
    """Whether an aim compares this case with another one (`Results.aims`)."""
    if case.kill:
        return False
    one_worker = case.workers == 1 and case.latency == 0.005
    eight_workers = case.workers == 8 and case.latency == 0.05
    compared = {READY, BASELINE, "huey", "procrastinate"}
    return (one_worker and case.who in compared) or (eight_workers and case.who in {READY, NETWORK})


def repeat_compared(every: list[BenchmarkCase], rounds: int) -> list[BenchmarkCase]:
    """All cases once, and then, in turn, those that an aim compares."""
    return every + (rounds - 1) * [case for case in every if is_compared(case)]


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a small run, for a first look")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    parser.add_argument("--seconds", type=float, default=15, help="of the network alone, per case")
    parser.add_argument("--deliveries", type=int, default=DELIVERIES, help="at the most, per case")
    parser.add_argument(
        "--rounds", type=int, default=3, help="of what the aims compare; the median counts"
    )
    parser.add_argument(
        "--only", action="append", default=[], help="only cases that are printed with this text"
    )
    return parser.parse_args()


def _median_result(results: list[BenchmarkResult]) -> BenchmarkResult:
    """The one with the median rate, with all that any of them lost or doubled."""
    middle = sorted(results, key=lambda one: one.rate)[len(results) // 2]
    lost, doubled = sum(one.lost for one in results), sum(one.doubled for one in results)
    return replace(middle, lost=lost, doubled=doubled)


def main() -> int:
    """Measure everything, print and write the tables, and say whether the aims are met."""
    chosen = read_arguments()
    require_quiet_machine(writes=chosen.write)
    size = RunSize(640, 2) if chosen.quick else RunSize(chosen.deliveries, chosen.seconds)
    databases = Databases()
    played: dict[BenchmarkCase, list[BenchmarkResult]] = {}
    try:
        for case in repeat_compared(list_cases(size), chosen.rounds):
            if chosen.only and not any(text in str(case) for text in chosen.only):
                continue
            result = run_case(case, databases)
            played.setdefault(case, []).append(result)
            print(f"{case}: {result.rate:.0f}/s, {result.peak:.0f} MB", flush=True)
        found = Results([_median_result(results) for results in played.values()])
        where = describe_machine(databases.version, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    finally:
        databases.remove()
    content = "\n\n".join((where, "### Aims", render_aims(found), found.render_tables()))
    print(f"\n{content}")
    if chosen.write:
        write_between_markers(ROOT / "docs" / "benchmarks.md", content)
    return int("**no**" in content)


if __name__ == "__main__":
    sys.exit(main())
