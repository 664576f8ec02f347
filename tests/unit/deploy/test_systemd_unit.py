"""The systemd unit, as systemd itself reads it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).resolve().parents[3] / "deploy" / "perihelion@.service"
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")


def read_settings() -> dict[str, str]:
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", UNIT.read_text()))


def test_the_unit_starts_the_program_again_and_lets_it_finish() -> None:
    settings = read_settings()
    assert settings["ExecStart"].endswith("/.venv/bin/python bot.py %i")
    assert settings["Restart"] == "on-failure"
    assert settings["StartLimitIntervalSec"] == "0"
    assert int(settings["TimeoutStopSec"]) > 10  # what `run` takes at most


def test_the_website_and_the_worker_have_environments_of_their_own() -> None:
    assert read_settings()["EnvironmentFile"] == "-/etc/perihelion/%i.env"


@pytest.mark.process
@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="there is no systemd here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    here = {
        "/opt/perihelion/.venv/bin/python": shutil.which("true") or "",
        "/opt/perihelion": str(tmp_path),
        "User=perihelion": "User=root",
    }
    text = UNIT.read_text()
    for installed, local in here.items():
        text = text.replace(installed, local)
    file = tmp_path / "perihelion@run.service"
    file.write_text(text)
    done = subprocess.run(
        [str(SYSTEMD_ANALYZE), "verify", "--man=no", str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert (done.returncode, complaints) == (0, [])
