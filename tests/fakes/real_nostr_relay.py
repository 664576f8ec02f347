"""A real Nostr relay (nostr-relay) on loopback, started for tests and thrown away."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes.server_process import ServerProcess, accepts_connections, port_of, reserve_port
from tests.fakes.skip_or_fail import skip_or_fail

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
    if not program:
        skip_or_fail("there is no nostr-relay here: run .ci/servers/nostr.sh")
    return program


@contextmanager
def running_relay(folder: Path) -> Iterator[str]:
    """The address of a relay that keeps its events in `folder`."""
    program = require_relay()
    folder.mkdir(parents=True, exist_ok=True)
    with reserve_port() as reservation:
        port = port_of(reservation)
        (folder / "config.yaml").write_text(CONFIGURATION.format(folder=folder, port=port))
        command = [program, "-c", str(folder / "config.yaml"), "serve"]
        relay = ServerProcess(command, folder / "log", cwd=folder)
        try:
            relay.wait_until_ready(lambda: accepts_connections(port))
            yield f"ws://127.0.0.1:{port}"
        finally:
            relay.stop()
