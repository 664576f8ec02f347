"""The installed package, away from the clone: the wheel has all it needs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from perihelion import __version__
from tests.fakes.wheel_installation import WheelInstallation, install_wheel

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "perihelion"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> WheelInstallation:
    base = tmp_path_factory.getbasetemp()
    return install_wheel((base if worker_id == "master" else base.parent) / "wheel")


def list_files(folder: Path) -> set[str]:
    files = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
    return {one for one in files if "__pycache__" not in one}


def test_the_wheel_holds_all_of_the_package_and_the_templates(installed: WheelInstallation) -> None:
    with zipfile.ZipFile(installed.wheel) as opened:
        there = set(opened.namelist())
    templates = {
        f"perihelion/service/starter/templates/{one}" for one in list_files(ROOT / "templates")
    }
    assert {f"perihelion/{one}" for one in list_files(PACKAGE)} - there == set()
    assert templates - there == set()
    others = {one for one in there if not one.startswith("perihelion/")}
    assert {one.split("/")[0] for one in others} == {f"perihelion-{__version__}.dist-info"}


@pytest.mark.parametrize("command", [["perihelion"], ["python", "-m", "perihelion"]])
def test_the_installed_commands_name_themselves(
    command: list[str], installed: WheelInstallation, tmp_path: Path
) -> None:
    said = installed(*command, "--help", cwd=tmp_path)
    assert (said.code, said.out.splitlines()[0]) == (
        0,
        f"Usage: {' '.join(command)} [OPTIONS] COMMAND [ARGS]...",
    )
