"""The wheel, built once for a whole run of tests and installed as a person would install it.

The environment sees the packages that the tests use, so nothing is fetched; the wheel itself is
built and installed without an index.
"""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from tests.fakes.bot_installation import OWN_VARIABLES, PATIENCE, CommandResult
from tests.fakes.server_process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
BUILT_FROM = [
    "LICENSE",
    "README.md",
    "perihelion",
    "pyproject.toml",
    "requirements.in",
    "templates",
]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
MAY_READ = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
USERS = [NOBODY, [*NOBODY, *MAY_READ], ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]]
"""What root runs a command as, the first that can start the interpreter here: nobody, nobody with
the right to read everything, or root without the right to write everywhere."""


@dataclass(frozen=True)
class WheelInstallation:
    """An environment in `folder`/venv that has the wheel."""

    folder: Path

    @property
    def wheel(self) -> Path:
        (found,) = (self.folder / "dist").glob("*.whl")
        return found

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    @cached_property
    def as_other_user(self) -> list[str]:
        """What makes root's command run as somebody whose rights the file system limits."""
        if os.geteuid() or not shutil.which("setpriv"):
            return []
        for prefix in USERS:
            probe = [*prefix, str(self.python), "-c", "import click"]
            if subprocess.run(probe, capture_output=True, cwd="/", check=False).returncode == 0:
                return prefix
        return []

    def give_to_other_user(self, folder: Path) -> None:
        """Make `folder` that user's own, if there is another user."""
        if NOBODY[1] in self.as_other_user:
            os.chown(folder, 65534, 65534)

    def __call__(self, *command: str, cwd: Path) -> CommandResult:
        """Run a command of this environment in `cwd`, as the other user, with no settings."""
        done = subprocess.run(
            self._find_command(*command),
            cwd=cwd,
            env=_make_environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def start_server(self, *command: str, cwd: Path, log: Path) -> ServerProcess:
        """Start a command that runs until it is stopped, in the same way; it prints into `log`."""
        return ServerProcess(self._find_command(*command), log, cwd=cwd, env=_make_environ())

    def _find_command(self, *command: str) -> list[str]:
        return [*self.as_other_user, str(self.python.parent / command[0]), *command[1:]]


def _make_environ() -> dict[str, str]:
    """Ours without settings; a platform's PORT would open the website to other machines."""
    environ = {n: v for n, v in os.environ.items() if not OWN_VARIABLES.match(n) and n != "PORT"}
    return {**environ, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}


@contextmanager
def share_installation(folder: Path, lock: Path, user: str) -> Iterator[WheelInstallation]:
    """The installation in `folder` for one of the processes that run the tests.

    The first of them makes it, and the last deletes it.
    """
    users = folder / "users"
    with FileLock(lock):
        if not users.exists():
            build_wheel(folder)
            make_environment(folder)
            users.mkdir()
        (users / user).touch()
    try:
        yield WheelInstallation(folder)
    finally:
        with FileLock(lock):
            (users / user).unlink()
            if not any(users.iterdir()):
                shutil.rmtree(folder)


def build_wheel(folder: Path) -> None:
    """Build the wheel from a copy of the sources: building leaves files behind."""
    for name in BUILT_FROM:
        source, target = ROOT / name, folder / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    options = ["--no-build-isolation", "--no-deps", "--no-index"]
    run_pip("wheel", *options, "--wheel-dir", str(folder / "dist"), str(folder / "source"))
    shutil.rmtree(folder / "source")


def make_environment(folder: Path) -> None:
    """A virtual environment with the wheel, which sees the packages of this one."""
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    run_pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "tests.pth").write_text("\n".join(site.getsitepackages()), "utf-8")


def run_pip(*arguments: str) -> None:
    """Run pip of this environment; what it says is in the failure."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
