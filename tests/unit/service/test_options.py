"""The options that verbs share: where the schedule is when nothing says so."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from perihelion.service.options import override_environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def museum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot that was started from another folder."""
    folder = tmp_path / "museum"
    folder.mkdir()
    (folder / "schedule.yaml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PERIHELION_SCHEDULE", raising=False)
    monkeypatch.setattr(sys, "argv", [str(folder / "bot.py")])
    return folder


def find_schedule(chosen: str | None = None) -> str | None:
    return override_environment(schedule=chosen).get("PERIHELION_SCHEDULE")


def test_a_bot_finds_its_own_schedule_from_any_folder(museum: Path) -> None:
    assert find_schedule() == str(museum / "schedule.yaml")


def test_what_is_said_or_in_the_current_folder_comes_first(
    museum: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_schedule("other.yaml") == "other.yaml"
    monkeypatch.setenv("PERIHELION_SCHEDULE", "set.yaml")
    assert find_schedule() == "set.yaml"
    monkeypatch.delenv("PERIHELION_SCHEDULE")
    (museum.parent / "schedule.yaml").touch()
    assert find_schedule() is None


def test_the_installed_command_looks_nowhere_else(
    museum: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(museum / "perihelion")])
    assert find_schedule() is None
