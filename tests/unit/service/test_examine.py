"""What `doctor` says of the ledger, besides what the acceptance tests see of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.store import Ledger
from perihelion.service.examine import DRIFT, Finding, examine
from perihelion.service.post import ready_ledger
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with a ledger."""
    folder = tmp_path / "state"
    ready_ledger(open_app(state=folder, environ={})).close()
    return folder


def of_ledger(state: Path) -> Finding:
    (found,) = [finding for finding in examine(state, None) if finding.subject == "ledger"]
    return found


def test_a_ledger_that_is_well_says_its_version_and_its_birth(state: Path) -> None:
    found = of_ledger(state)
    assert found.ok
    assert len(found.details) == 1


def test_a_database_whose_clock_is_far_from_ours_is_a_finding(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = 2 * DRIFT + timedelta(seconds=1)
    monkeypatch.setattr(Ledger, "server_time", lambda self: self.wall() + ahead)
    found = of_ledger(state)
    assert not found.ok
    assert "set this machine's clock" in found.details[-1]


def test_a_standby_that_may_lag_is_told_and_is_no_failure(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "has_lagging_standby", lambda _self: True)
    found = of_ledger(state)
    assert found.ok
    assert "set synchronous_standby_names" in found.details[-1]
