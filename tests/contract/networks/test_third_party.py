"""A package of somebody else's adds a network, and proves it with our suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
THEIRS = ROOT / "tests" / "contract" / "third_party"


@pytest.fixture
def site_folder(tmp_path: Path) -> Path:
    """A folder as after installing both packages: ours without its tests, and theirs."""
    return copy_packages(tmp_path)


def copy_packages(target: Path) -> Path:
    """A new folder in `target` from which Python imports both packages."""
    folder = target / "site"
    shutil.copytree(THEIRS, folder)
    (folder / "perihelion").symlink_to(ROOT / "perihelion")
    return folder


def run_python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=site,
        env=environ,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_the_suite_that_ships_passes_over_a_network_of_another_package(site_folder: Path) -> None:
    done = run_python(site_folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "acme_case.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_the_command_line_knows_a_network_of_another_package(site_folder: Path) -> None:
    schedule = ROOT / "schedule.yaml"
    main = "from perihelion.service.cli import main; main()"
    (site_folder / "templates").symlink_to(ROOT / "templates")
    done = run_python(
        site_folder,
        *("-c", main, "preview", "2027-03-02", "--network", "acme", "--json"),
        *("--schedule", str(schedule)),
    )
    assert done.returncode == 0, done.stderr
    assert {post["network"] for post in json.loads(done.stdout)} == {"acme"}
    assert {post["limit"] for post in json.loads(done.stdout)} == {400}


def test_a_package_that_cannot_be_loaded_is_told_at_its_account(site_folder: Path) -> None:
    (site_folder / "acme_network" / "__init__.py").write_text("import nothing_like_this\n")
    (site_folder / "templates").symlink_to(ROOT / "templates")
    schedule = site_folder / "schedule.yaml"
    schedule.write_text("accounts:\n  - {network: acme}\nmissions: []\n")
    main = "from perihelion.service.cli import main; main()"
    for verb in ("check", "status", "doctor"):
        done = run_python(site_folder, "-c", main, verb, "--schedule", str(schedule))
        said = done.stdout + done.stderr
        assert done.returncode == 1
        assert "schedule.yaml:2:15: network 'acme'" in said
        assert "No module named 'nothing_like_this'" in said
        assert "Traceback" not in said
