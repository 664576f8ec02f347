"""A real Nostr relay (nostr-relay) on loopback, started for tests and thrown away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = """
relay_name: test
storage:
  sqlalchemy.url: sqlite+aiosqlite:///{folder}/nostr.sqlite3
  validators:
    - nostr_relay.validators.is_not_too_large
    - nostr_relay.validators.is_signed
    - nostr_relay.validators.is_recent
verification: {{nip05_verification: disabled}}
gunicorn: {{bind: "127.0.0.1:{port}", workers: 1, loglevel: warning}}
authentication: {{enabled: false}}
"""


def require_relay() -> str:
    """The relay's program. Skips without it; fails where everything is to be proved (CI=true)."""
    places = (ROOT / ".servers/nostr/bin", Path(sys.executable).parent)
    found = next((str(p / "nostr-relay") for p in places if (p / "nostr-relay").exists()), None)
    program = found or shutil.which("nostr-relay")
    if program:
        return program
    reason = "there is no nostr-relay here: run .ci/servers/nostr.sh"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def running_relay(folder: Path) -> Iterator[str]:
    """The address of a relay that keeps its events in `folder`."""
    program = require_relay()
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    (folder / "config.yaml").write_text(CONFIGURATION.format(folder=folder, port=port))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-c", str(folder / "config.yaml"), "serve"],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        _wait_for_port(port, process, folder / "log")
        yield f"ws://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(f"nostr-relay did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
