"""A git repository for a test."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def make_repository(folder: Path) -> None:
    """Make `folder` one; skips the test where there is no git."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    _run_git(folder, "init", "-q")


def track_file(folder: Path, name: str) -> None:
    """Let git track a file of the folder."""
    _run_git(folder, "add", "-f", name)


def commit_all(folder: Path) -> None:
    """Commit all that is in the folder."""
    _run_git(folder, "add", "-A")
    _run_git(folder, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "x")


def _run_git(folder: Path, *arguments: str) -> None:
    git = shutil.which("git") or "git"
    subprocess.run([git, "-C", str(folder), *arguments], check=True, env={})
