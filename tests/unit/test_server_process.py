"""The helper that starts real servers for tests: a failure to start is seen, and says why."""

from __future__ import annotations

import errno
import re
import socket
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.fakes.server_process import (
    ServerProcess,
    ServerStartError,
    accepts_connections,
    port_of,
    reserve_port,
    run_program,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LISTEN = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(300)
"""
START_CHILD = """
import subprocess, time
child = subprocess.Popen(["sleep", "300"], start_new_session=True)
print(f"child {child.pid}", flush=True)
time.sleep(300)
"""
"""Its child leaves its session, as PostgreSQL's do."""
IGNORE_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(300)
"""
SECONDS_TO_NOTICE = 30.0
"""Half of what `wait_until_ready` waits, and a tenth of what the program sleeps."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Starts a program with its log in one file; whatever still runs is killed at the end."""
    started: list[ServerProcess] = []

    def start_program(*command: str) -> ServerProcess:
        started.append(ServerProcess(command, tmp_path / "log"))
        return started[-1]

    yield start_program
    for one in started:
        one.kill()


def never() -> bool:
    return False


def test_a_server_that_ends_at_once_is_reported_with_its_log(
    start: Callable[..., ServerProcess],
) -> None:
    begun = time.monotonic()
    server = start("sh", "-c", "echo no room on this machine >&2; exit 3")
    with pytest.raises(ServerStartError, match=r"(?s)ended with status 3.*no room on this machine"):
        server.wait_until_ready(never)
    assert time.monotonic() - begun < SECONDS_TO_NOTICE


def test_a_server_that_never_becomes_ready_is_killed_and_reported_with_its_log(
    start: Callable[..., ServerProcess],
) -> None:
    server = start("sh", "-c", "echo thinking; exec sleep 300")
    server.wait_until_ready(lambda: "thinking" in server.read_log())
    with pytest.raises(ServerStartError, match=r"(?s)not ready after 0 s.*thinking"):
        server.wait_until_ready(never, seconds=0)
    assert not server.is_running()


def test_only_the_end_of_a_long_log_is_shown(start: Callable[..., ServerProcess]) -> None:
    server = start("sh", "-c", "echo the beginning; seq 5000; echo the end; exit 1")
    with pytest.raises(ServerStartError, match="the end") as caught:
        server.wait_until_ready(never)
    assert "the beginning" not in str(caught.value)


def test_a_server_that_finds_its_port_taken_is_reported_as_such(
    start: Callable[..., ServerProcess],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = start(sys.executable, "-c", LISTEN, str(other.getsockname()[1]))
        with pytest.raises(ServerStartError, match="Address already in use"):
            server.wait_until_ready(never)


def test_a_reserved_port_refuses_connections_and_nobody_else_gets_it() -> None:
    with reserve_port() as reservation, socket.socket() as other:
        assert not accepts_connections(port_of(reservation))
        with pytest.raises(OSError, match=re.escape(f"[Errno {errno.EADDRINUSE}]")):
            other.bind(reservation.getsockname())


def test_a_server_comes_back_on_its_reserved_port_after_it_was_killed(
    start: Callable[..., ServerProcess],
) -> None:
    with reserve_port() as reservation:
        port = port_of(reservation)
        for _ in range(3):
            server = start(sys.executable, "-c", LISTEN, str(port))
            server.wait_until_ready(lambda: accepts_connections(port))
            server.kill()
            assert not accepts_connections(port)


def test_a_killed_server_leaves_no_child_behind(start: Callable[..., ServerProcess]) -> None:
    server = start(sys.executable, "-c", START_CHILD)
    server.wait_until_ready(lambda: server.read_log().endswith("\n"))
    child = psutil.Process(int(server.read_log().split()[1]))
    server.kill()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_server_that_does_not_heed_the_signal_to_stop_is_killed(
    start: Callable[..., ServerProcess],
) -> None:
    server = start(sys.executable, "-c", IGNORE_SIGTERM)
    server.wait_until_ready(lambda: "ready" in server.read_log())
    server.stop(seconds=0.1)
    assert not server.is_running()


def test_a_program_that_fails_or_hangs_is_reported_with_what_it_printed() -> None:
    assert run_program(["sh", "-c", "echo made; echo it >&2"]) == "made\nit\n"
    with pytest.raises(ServerStartError, match=r"(?s)exit status 2.*no such folder"):
        run_program(["sh", "-c", "echo no such folder >&2; exit 2"])
    with pytest.raises(ServerStartError, match=r"(?s)timed out.*waiting for a lock"):
        run_program(["sh", "-c", "echo waiting for a lock; exec sleep 300"], seconds=0.5)
