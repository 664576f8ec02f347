"""Nobody but their owner reads a ledger, its locks and the folder they are in."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.service.delivery_run import post_due_once
from perihelion.service.wiring import open_app
from tests.fakes.busy_day import write_smallest_files

if TYPE_CHECKING:
    from collections.abc import Callable

    RunOnce = Callable[[Path], None]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings that name a small schedule and its templates."""
    return write_smallest_files(tmp_path_factory.mktemp("bot"), ["local"])


@pytest.fixture
def run_once(files: dict[str, str]) -> RunOnce:
    def post(state: Path) -> None:
        post_due_once(open_app(files | {"PERIHELION_STATE": str(state)}), early=False)

    return post


def list_modes(folder: Path) -> dict[str, int]:
    found = (folder, *folder.rglob("*"))
    return {str(one.relative_to(folder)): stat.S_IMODE(one.stat().st_mode) for one in found}


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_a_new_state_folder_is_its_owner_s_alone_whatever_the_umask(
    tmp_path: Path, mask: int, run_once: RunOnce
) -> None:
    before = os.umask(mask)
    try:
        run_once(tmp_path / "state")
    finally:
        os.umask(before)
    modes = list_modes(tmp_path / "state")
    assert {"ledger.sqlite3", "ledger.migrate.lock", "workers", "."} <= set(modes)
    assert not any(mode & 0o077 for mode in modes.values()), modes


def test_an_older_state_folder_becomes_so_at_the_next_start(
    tmp_path: Path, run_once: RunOnce
) -> None:
    state = tmp_path / "state"
    run_once(state)
    for name in ("ledger.sqlite3-wal", "ledger.sqlite3-shm"):
        (state / name).touch()
    for one in (state, *state.rglob("*")):
        one.chmod(0o755 if one.is_dir() else 0o644)
    run_once(state)
    modes = list_modes(state)
    assert modes["."] == 0o700
    files = {name: mode for name, mode in modes.items() if "ledger" in name or "workers/" in name}
    assert set(files.values()) == {0o600}, files


def test_a_folder_that_holds_more_than_the_state_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_once: RunOnce
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    run_once(Path())
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    run_once(shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    assert stat.S_IMODE((shared / "ledger.sqlite3").stat().st_mode) == 0o600


def test_a_disk_without_permissions_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_once: RunOnce
) -> None:
    def refuse(*_arguments: object, **_names: object) -> None:
        raise PermissionError("this disk has no permissions")

    state = tmp_path / "state"
    state.mkdir(0o755)
    monkeypatch.setattr(Path, "chmod", refuse)
    run_once(state)
    assert (state / "ledger.sqlite3").exists()
