"""Killed at any moment and started again: every anniversary stands exactly once."""

from __future__ import annotations

import itertools
import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.fakes import bot_process, busy_day
from tests.fakes.crash_harness import count_timeline_keys

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 200
EVENTS = 200
ACCOUNTS = ("local", "second", "third")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_200_random_moments_of_a_day_every_anniversary_stands_exactly_once(
    tmp_path: Path,
) -> None:
    day = busy_day.write_schedule(tmp_path, EVENTS, [("local", name) for name in ACCOUNTS])
    state = tmp_path / "state"
    arguments = ["--at", busy_day.AT, "--state", str(state), "--schedule", str(day.path)]
    environ = {"PERIHELION_TEMPLATES": str(busy_day.write_templates(tmp_path))}
    moments = random.Random()
    progress = [0]
    for number in range(KILLS):
        verb = "once" if number % 2 else "run"
        run = bot_process.start_bot([verb, *arguments], environ, tmp_path)
        wait_for_work(run, state, progress[-1], moments)
        run.kill()
        progress.append(sum(count_timeline_keys(state).values()))
    last = bot_process.start_bot(["once", *arguments], environ, tmp_path)
    assert last.wait(120) == 0, last.read_output()
    posted = count_timeline_keys(state)
    assert {key: n for key, n in posted.items() if n != 1} == {}
    assert set(posted) == day.delivery_keys()
    interrupted = sum(before < len(day.delivery_keys()) for before in progress[1:])
    assert interrupted > KILLS * 0.9, "the work was done before many of the kills"
    worked = sum(before < after for before, after in itertools.pairwise(progress))
    assert worked > KILLS / 3, "most runs were killed before they did anything"


def wait_for_work(
    run: bot_process.BotProcess, state: Path, before: int, moments: random.Random
) -> None:
    """Mostly until it posts, and a little longer; sometimes only while it starts."""
    end = time.monotonic() + 5
    if moments.random() < 0.8:
        while run.is_alive() and not has_grown(state, before) and time.monotonic() < end:
            time.sleep(0.002)
    time.sleep(moments.uniform(0, 0.02))  # the kill's moment is what is being tested


def has_grown(state: Path, before: int) -> bool:
    return sum(count_timeline_keys(state).values()) > before
