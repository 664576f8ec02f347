"""The real program as a process of its own, started quickly and killed at will.

A zygote imports the program once and forks a child per run; each child is a real process that runs
`bot.py`'s own main, and can be killed at any moment.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerContext, ForkServerProcess

_PRELOAD = [
    "perihelion.service.cli",
    "perihelion.service.commands.once",
    "perihelion.service.commands.run",
    "perihelion.service.worker",
    "perihelion.service.wiring",
    "perihelion.compose.compose",
    "perihelion.networks.local",
    "perihelion.networks.mastodon",
    "mastodon",
    "structlog",
    "tests.fakes.program",
]


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    return context


CONTEXT = _context()


@dataclass
class Run:
    """One run of the program; its output is kept in a file."""

    process: ForkServerProcess
    output: Path

    def wait(self, seconds: float = 60) -> int:
        """The exit status; fails if the program does not end by itself in time."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"still running: {self.text()}"
        return self.process.exitcode

    def kill(self) -> None:
        """SIGKILL: no handler runs, no buffer is written."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join(10)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal that the program may handle."""
        os.kill(self.process.pid or 0, number)

    def alive(self) -> bool:
        """Whether it runs still."""
        return self.process.is_alive()

    def text(self) -> str:
        """What it has printed so far, both streams."""
        return self.output.read_text(encoding="utf-8", errors="replace")


def start(arguments: list[str], environ: Mapping[str, str], folder: Path) -> Run:
    """Start `python bot.py arguments` with exactly this environment."""
    descriptor, name = tempfile.mkstemp(suffix=".out", dir=folder)
    os.close(descriptor)
    process = CONTEXT.Process(target=_main, args=(arguments, dict(environ), name))
    process.start()
    return Run(process, Path(name))


def _main(arguments: list[str], environ: dict[str, str], output: str) -> None:
    descriptor = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115, PTH123 - for the process's life
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115, PTH123 - as above
    os.environ.clear()
    os.environ.update(environ)
    from perihelion.service.cli import main  # noqa: PLC0415 - the child's own

    main(arguments)
