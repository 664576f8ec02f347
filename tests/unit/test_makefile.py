"""What make does on a machine that lacks something."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fakes.skip_or_fail import skip_or_fail

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_PIP = f"""#!/bin/sh
# A Debian without python3-venv: the folder and its python are there, then pip cannot be put in.
test "$1" = -m || exec {sys.executable} "$@"
mkdir -p .venv/bin && touch .venv/bin/python && exit 1
"""


def test_an_environment_that_could_not_be_finished_is_made_again(tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        skip_or_fail("there is no make here")
    for file in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / file, tmp_path)
    python = tmp_path / "python"
    python.write_text(WITHOUT_PIP)
    python.chmod(0o755)
    for _ in range(2):
        done = subprocess.run(
            [make, "today", f"PYTHON={python}"],
            cwd=tmp_path,
            env=os.environ | {"MAKEFLAGS": ""},  # those of the make that runs the tests
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2
        assert f"{python} -m venv .venv" in done.stdout
