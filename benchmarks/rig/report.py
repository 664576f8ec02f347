"""The results as Markdown, between the markers of docs/benchmarks.md."""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from benchmarks.rig.cases import (
    BASELINE,
    IN_FLIGHT,
    NETWORK,
    PERIHELION,
    READY,
    BenchmarkCase,
    BenchmarkResult,
)
from benchmarks.rig.machine_load import describe_load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BEGIN, END = "<!-- delivery: begin -->", "<!-- delivery: end -->"
_PACKAGES = ("SQLAlchemy", "psycopg", "huey", "procrastinate", "dbos")
_STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "none": ""}
_NAMES = {
    PERIHELION: "Perihelion, all of it",
    READY: "Perihelion, posts ready",
    BASELINE: "bare loop of the same SQL",
    NETWORK: "posting alone",
}


class Results:
    """Everything that was measured in one run."""

    def __init__(self, results: Sequence[BenchmarkResult]) -> None:
        self.results = results

    def find_result(
        self, who: str, store: str, workers: int, latency: float
    ) -> BenchmarkResult | None:
        """One result without a kill, or None."""
        wanted = (who, store, workers, latency)
        for one in self.results:
            case = one.case
            if (case.who, case.store, case.workers, case.latency) == wanted and not case.kill:
                return one
        return None

    def format_ratio(self, result: BenchmarkResult, floor: str, store: str) -> str:
        """The rate against a floor's in the same setting; a dash where there is none."""
        other = self.find_result(floor, store, result.case.workers, result.case.latency)
        return f"{result.rate / other.rate:.2f}" if other and other.rate else "-"

    def render_tables(self) -> str:
        """All tables."""
        rates, kills = self._render_rates(), self._render_kills()
        return f"### Deliveries\n\n{rates}\n\n### A kill half way\n\n{kills}"

    def _render_rates(self) -> str:
        head = (
            "| who | workers | latency ms | of posting alone | of the bare SQL | MB a worker "
            "| of its imports | deliveries/s | deliveries |\n|---|---|---|---|---|---|---|---|---|"
        )
        return "\n".join(
            [head, *(self._render_rate(one) for one in self.results if not one.case.kill)]
        )

    def _render_rate(self, one: BenchmarkResult) -> str:
        case = one.case
        of_imports = f"{one.peak / one.imports:.2f}" if one.imports else "-"
        cells = (
            _case_name(case),
            case.workers,
            f"{case.latency * 1000:.0f}",
            self.format_ratio(one, NETWORK, "none"),
            self.format_ratio(one, BASELINE, case.store),
            f"{one.peak:.0f}",
            of_imports,
            f"{one.rate:.0f}",
            case.deliveries,
        )
        return _table_row(cells)

    def _render_kills(self) -> str:
        head = "| who | deliveries | lost | doubled |\n|---|---|---|---|"
        rows = [
            _table_row((_case_name(one.case), one.case.deliveries, one.lost, one.doubled))
            for one in self.results
            if one.case.kill
        ]
        return "\n".join([head, *rows])

    def list_aims(self) -> list[tuple[str, float | None, float, bool]]:
        """Each aim: its name, what was reached, what was aimed at, and whether more is better."""
        sqlite, postgres = (self.find_result(READY, s, 1, 0.005) for s in ("sqlite", "postgresql"))
        return [
            ("of the bare SQL, SQLite", self._ratio_to(sqlite, (BASELINE, "sqlite")), 0.5, True),
            (
                "of the bare SQL, PostgreSQL",
                self._ratio_to(postgres, (BASELINE, "postgresql")),
                0.5,
                True,
            ),
            ("of huey (SQLite)", self._ratio_to(sqlite, ("huey", "none")), 1.0, True),
            (
                "of procrastinate",
                self._ratio_to(postgres, ("procrastinate", "postgresql")),
                5.0,
                True,
            ),
            *(
                (
                    f"8 workers at 50 ms, of posting alone, {_STORES[store]}",
                    self._ratio_to(self.find_result(READY, store, 8, 0.05), (NETWORK, "none")),
                    0.8,
                    True,
                )
                for store in ("sqlite", "postgresql")
            ),
            (
                "most memory, of an interpreter with the same imports",
                self._peak_memory_ratio(),
                1.3,
                False,
            ),
        ]

    def _ratio_to(self, ours: BenchmarkResult | None, other: tuple[str, str]) -> float | None:
        if ours is None:
            return None
        found = self.find_result(*other, ours.case.workers, ours.case.latency)
        return ours.rate / found.rate if found and found.rate else None

    def _peak_memory_ratio(self) -> float | None:
        return max((one.peak / one.imports for one in self.results if one.imports), default=None)


def render_aims(results: Results) -> str:
    """The aims as a table, with what was reached."""
    head = f"| aim ({describe_load()}) | reached | met |\n|---|---|---|"
    rows = [
        _table_row(
            (
                f"{'at least' if more else 'at most'} {aim:g} x {name}",
                "-" if reached is None else f"{reached:.2f}",
                _describe_met(reached, aim, more=more),
            )
        )
        for name, reached, aim, more in results.list_aims()
    ]
    return "\n".join([head, *rows])


def _describe_met(reached: float | None, aim: float, *, more: bool) -> str:
    if reached is None:
        return "not measured"
    return "yes" if (reached >= aim if more else reached <= aim) else "**no**"


def describe_machine(postgres: str, when: str) -> str:
    """One line: when, on what, with which versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{when}; {platform.system()} {platform.machine()}, "
        f"{describe_load()}; Python {sys.version.split()[0]}, SQLite "
        f"{sqlite3.sqlite_version}, PostgreSQL {postgres}, {packages}; {IN_FLIGHT} in flight."
    )


def write_between_markers(file: Path, content: str) -> None:
    """Put `content` between the markers of `file`."""
    text = file.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    file.write_text(f"{before}{BEGIN}\n{content}\n{END}{after}", encoding="utf-8")


def _case_name(case: BenchmarkCase) -> str:
    store = _STORES[case.store]
    name = _NAMES.get(case.who, case.who)
    if case.who in {"huey", "dbos"}:
        store = "SQLite"
    return f"{name}, {store}" if store else name


def _table_row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
