"""The rows of the growth table that are about an instant at which all accounts are due."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.rig.cases import Databases
from benchmarks.rig.due_instant import DueCase, measure_idle, measure_instant

if TYPE_CHECKING:
    from collections.abc import Iterator


class DueSizes(NamedTuple):
    """Accounts with one worker, with four, and on SQLite; and seconds to start, and of idleness."""

    one_worker: int
    four_workers: int
    on_sqlite: int
    warm: float
    idle: float


class DueAims(NamedTuple):
    """Times the floor of the same instant; None is not judged by itself."""

    first: float | None
    last: float
    transaction: float | None


IDLE_AIM = 0.1 / 60
"""A tenth of a second of processor each minute."""


def list_instants(sizes: DueSizes) -> list[tuple[DueCase, DueAims]]:
    """Issue 16's: first within 0.2 s of 3.1 s, within 0.5 s of 1.6 s, no lock for 0.5 s of 31 s."""
    return [
        (DueCase(sizes.one_worker, 1, "postgresql"), DueAims(0.2 / 3.1, 1.5, None)),
        (DueCase(sizes.four_workers, 4, "postgresql"), DueAims(0.5 / 1.6, 2.5, None)),
        (DueCase(sizes.on_sqlite, 1, "sqlite"), DueAims(None, 1.3, 0.5 / 31)),
    ]


def measure_due(sizes: DueSizes) -> Iterator[tuple[str, float, float, float]]:
    """What was measured, our seconds and the floor's, and the aim for their ratio."""
    databases = Databases()
    try:
        for case, aims in list_instants(sizes):
            found = measure_instant(case, databases, sizes.warm)
            of = f"of the bare requests' {found.floor:.2f} s"
            if aims.first is not None:
                yield f"{case}: first request late, {of}", found.first, found.floor, aims.first
            yield f"{case}: last request, {of}", found.last, found.floor, aims.last
            if aims.transaction is not None:
                what = f"{case}: longest transaction, {of}"
                yield what, found.transaction, found.floor, aims.transaction
        case = DueCase(sizes.on_sqlite, 1, "sqlite")
        idle = measure_idle(case, databases, sizes.warm, sizes.idle)
        yield f"{case}: idle, of one processor's minute", idle, 60.0, IDLE_AIM
    finally:
        databases.remove()
