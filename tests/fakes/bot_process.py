"""The real program as a process of its own, started quickly and killed at will.

A zygote imports the program once and forks a child per run; each child is a real process that runs
`bot.py`'s own main, and can be killed at any moment. `Sabotage` makes it kill itself at an exact
one; nothing of that is in the program itself.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes.crash_points import CrashPoint, shorten_pauses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerContext, ForkServerProcess

ROOT = Path(__file__).resolve().parents[2]
_PRELOAD = [
    "alembic.command",
    "alembic.config",
    "babel.dates",
    "babel.lists",
    "babel.numbers",
    "mastodon",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "structlog",
    "perihelion.almanac.calendar",
    "perihelion.service.cli",
    "perihelion.service.commands.once",
    "perihelion.service.commands.run",
    "perihelion.service.logs",
    "perihelion.service.worker",
    "perihelion.service.wiring",
    "perihelion.compose.composer",
    "perihelion.compose.templates",
    "perihelion.ledger.store",
    "perihelion.networks.local.adapter",
    "perihelion.networks.mastodon.adapter",
    "tests.fakes.bot_process",
]
_DIE_WITH_PARENT = 1


def _make_context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    return context


FORKSERVER = _make_context()


@dataclass
class BotProcess:
    """One run of the program; its output is kept in a file."""

    process: ForkServerProcess
    output: Path

    def wait(self, seconds: float = 60) -> int:
        """The exit status; fails if the program does not end by itself in time."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"still running: {self.read_output()}"
        return self.process.exitcode

    def kill(self) -> None:
        """SIGKILL: no handler runs, no buffer is written."""
        if self.is_alive():  # or its number may be another process's by now
            self.process.kill()
        self.process.join(10)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal that the program may handle."""
        os.kill(self.process.pid or 0, number)

    def is_alive(self) -> bool:
        """Whether it runs still."""
        return self.process.is_alive()

    @property
    def was_killed(self) -> bool:
        """Whether SIGKILL ended it, from wherever it came."""
        return self.process.exitcode == -signal.SIGKILL

    @property
    def has_started(self) -> bool:
        """Whether `run` has begun to work, as its log tells; fails if it has ended before."""
        alive, output = self.is_alive(), self.read_output()
        assert alive or '"started"' in output, f"it did not start: {output}"
        return '"started"' in output

    @property
    def has_settled(self) -> bool:
        """Whether a delivery has been settled, as its log tells."""
        return '"key": ' in self.read_output()

    def read_output(self) -> str:
        """What it has printed so far, both streams."""
        return self.output.read_text(encoding="utf-8", errors="replace")


def start_bot(
    arguments: list[str],
    environ: Mapping[str, str],
    folder: Path,
    crash_point: CrashPoint | None = None,
) -> BotProcess:
    """Start `python bot.py arguments` with exactly this environment."""
    descriptor, name = tempfile.mkstemp(suffix=".out", dir=folder)
    os.close(descriptor)
    process = FORKSERVER.Process(
        target=_run_bot, args=(arguments, dict(environ), name, crash_point)
    )
    process.start()
    return BotProcess(process, Path(name))


def _run_bot(
    arguments: list[str], environ: dict[str, str], output: str, crash_point: CrashPoint | None
) -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)  # leave nobody behind
    sys.settrace(None)  # who measures coverage gets nothing from a killed process
    threading.settrace(None)
    descriptor = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the process's life
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environ)
    shorten_pauses()
    if crash_point:
        crash_point.install_hook()
    from perihelion.service.cli import main  # noqa: PLC0415 - the child's own

    main(arguments)
