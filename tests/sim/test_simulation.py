"""The promise under simulated faults: for each envelope, nothing doubled, nothing lost.

`PERIHELION_SIM_SEEDS=1000` plays more seeds of each envelope; `make sim` does. A failing seed names
the command that plays it again, and its timeline.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from perihelion.publish.worker_options import WorkerOptions
from tests.sim.envelopes import list_envelopes
from tests.sim.simulated_day import SimulatedDay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sim.simulated_day import Envelope


SEEDS = int(os.environ.get("PERIHELION_SIM_SEEDS", "4"))
FIRST_SEED = int(os.environ.get("PERIHELION_SIM_FIRST", "0"))

CASES = [
    pytest.param(envelope, seed, id=f"{kind}, {name}, seed {seed}")
    for kind in ("keyed", "keyed-for-ever", "lookup", "none")
    for name, envelope in list_envelopes(kind).items()
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
    assert day.list_problems() == [], f"{again}\n{timeline}"


def test_the_same_seed_plays_the_same_day(tmp_path: Path) -> None:
    envelope = list_envelopes("none")["slow server, kills"]
    first = play(tmp_path / "first", envelope, 7)
    second = play(tmp_path / "second", envelope, 7)
    assert first.scheduler.trace == second.scheduler.trace
    assert first.scheduler.trace != play(tmp_path / "third", envelope, 8).scheduler.trace
