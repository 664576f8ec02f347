"""The promise under simulated faults: for each envelope, nothing doubled, nothing lost.

`PERIHELION_SIM_SEEDS=1000` plays more seeds of each envelope; `make sim` does. A failing seed names
the command that plays it again, and its timeline.
"""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.publish.worker_options import WorkerOptions
from tests.sim.server import Weather
from tests.sim.simulated_day import Envelope, SimulatedDay

if TYPE_CHECKING:
    from pathlib import Path


SEEDS = int(os.environ.get("PERIHELION_SIM_SEEDS", "4"))
FIRST_SEED = int(os.environ.get("PERIHELION_SIM_FIRST", "0"))

SLOW = Weather(
    slow=0.5, longest_request=90, show_after=20, cut=0.3, refused=0.1, limited=0.05, deaf=0.1
)
LATE = Weather(slow=0.1, longest_request=20, show_after=90, cut=0.3, refused=0.1, deaf=0.1)


VERY_LATE = replace(LATE, show_after=150)
"""Later than the first of two look-ups, and sooner than the second."""


def envelopes(kind: str) -> dict[str, Envelope]:
    """What may happen to an account on a network of this kind.

    On networks with look-ups only a calm day is played so far: a request that outlives the
    patience, a timeline that is late, a worker that is frozen or a restored ledger still double a
    post there. The rules that prevent it come with these envelopes.
    """
    if kind not in {"keyed-for-ever", "none"}:
        return {"calm": Envelope(kind)}
    found = {
        "calm": Envelope(kind),
        "slow server, kills": Envelope(kind, SLOW, workers=2, kills=3),
        "late timeline, kills": Envelope(kind, VERY_LATE, workers=2, kills=3),
        "freezes": Envelope(kind, SLOW, workers=2, freezes=2, freeze_chance=0.1),
        "freezes, leases": Envelope(
            kind, SLOW, workers=2, freezes=2, freeze_chance=0.1, leases=True
        ),
        "lost commits": Envelope(kind, SLOW, workers=2, kills=2, lost_commits=0.2),
        "new ledger": Envelope(kind, SLOW, kills=2, new_ledger=True),
    }
    if kind != "none":  # nobody can tell what such a network has got since the backup
        found["restored ledger"] = Envelope(kind, LATE, kills=1, restores=1)
    return found


CASES = [
    pytest.param(envelope, seed, id=f"{kind}, {name}, seed {seed}")
    for kind in ("keyed", "keyed-for-ever", "lookup", "none")
    for name, envelope in envelopes(kind).items()
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS)
]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="perihelion")


def play(folder: Path, envelope: Envelope, seed: int) -> SimulatedDay:
    day = SimulatedDay(folder, envelope, seed, WorkerOptions())
    day.play()
    return day


@pytest.mark.parametrize(("envelope", "seed"), CASES)
def test_nothing_is_doubled_or_lost(envelope: Envelope, seed: int, tmp_path: Path) -> None:
    day = play(tmp_path, envelope, seed)
    again = f"PERIHELION_SIM_FIRST={seed} PERIHELION_SIM_SEEDS=1 python -m pytest tests/sim"
    timeline = "\n".join(day.scheduler.trace)
    assert day.problems() == [], f"{again}\n{timeline}"


def test_the_same_seed_plays_the_same_day(tmp_path: Path) -> None:
    envelope = envelopes("none")["slow server, kills"]
    first = play(tmp_path / "first", envelope, 7)
    second = play(tmp_path / "second", envelope, 7)
    assert first.scheduler.trace == second.scheduler.trace
    assert first.scheduler.trace != play(tmp_path / "third", envelope, 8).scheduler.trace
