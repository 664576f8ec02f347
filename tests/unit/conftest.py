"""The shipped schedule, which a second or two of reading makes worth sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.schedule.load import load_schedule
from tests.fakes.bot_installation import ROOT

if TYPE_CHECKING:
    from perihelion.model.missions import Schedule


@pytest.fixture(scope="session")
def shipped_schedule() -> Schedule:
    """The events and settings of this repository, without mistakes."""
    return load_schedule(ROOT / "schedule.yaml")
