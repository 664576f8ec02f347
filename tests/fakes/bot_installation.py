"""The real command line, `python bot.py ...`, as a person or a cron job calls it.

`Bot(folder)` keeps its state in `folder`/state and sees no setting of the machine's own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
OWN_VARIABLES = re.compile(
    r"(PERIHELION|LOCAL|MASTODON|BLUESKY|X|TELEGRAM|DISCORD|THREADS|NOSTR)_|DATABASE_URL"
)
PATIENCE = 240
"""Seconds for one call to end, however busy the machine is."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What one call ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        return json.loads(self.out)


@dataclass(slots=True)
class BotInstallation:
    """One installation: its state folder and its environment."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    keeps_rehearsals: bool = True

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def timeline(self) -> list[dict[str, Any]]:
        """The posts on the local timeline, oldest first."""
        file = self.state / "timeline.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `python bot.py arguments` in the repository."""
        return subprocess.Popen(
            [sys.executable, "bot.py", *arguments, *self._keep_rehearsal(arguments)],
            cwd=ROOT,
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, *arguments: str) -> CommandResult:
        """Run it to its end."""
        return wait_for_result(self.start(*arguments))

    def _keep_rehearsal(self, arguments: Sequence[str]) -> list[str]:
        """A rehearsal's ledger is thrown away, unless its folder is named."""
        rehearses = {"--at", "--speed"} & set(arguments) and "--state" not in arguments
        return ["--state", str(self.state)] if rehearses and self.keeps_rehearsals else []

    def _environ(self) -> dict[str, str]:
        inherited = {n: v for n, v in os.environ.items() if not OWN_VARIABLES.match(n)}
        own = {
            "PERIHELION_STATE": str(self.state),
            "PERIHELION_TEMPLATES": str(ROOT / "templates"),
            "PERIHELION_LOG": "json",
        }
        return inherited | own | dict(self.settings)


def wait_for_result(process: subprocess.Popen[str]) -> CommandResult:
    """What `process` said, once it has ended by itself."""
    with process:
        out, err = process.communicate(timeout=PATIENCE)
    return CommandResult(process.returncode, out, err)


def wait_until_started(process: subprocess.Popen[str]) -> None:
    """Wait until a worker heeds signals: one that is still starting dies of them at once."""
    log = []
    for line in process.stderr or ():
        if '"event": "started"' in line:
            return
        log.append(line)
    pytest.fail(f"it did not start: {wait_for_result(process)}\n{''.join(log)}")


def wait_until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until `process` has brought it about; it is killed if it does not."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail(f"it did not happen: {wait_for_result(process)}")
        time.sleep(0.02)
