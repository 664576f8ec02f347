"""A real server that a test starts: on a port of its own, watched while it starts, with its log."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

STOP_SECONDS = 20.0
_PAUSE = 0.02
_LOG_CHARACTERS = 3000


class ServerStartError(Exception):
    """A server, or a program that prepares it, failed; the text has its last log lines."""


def reserve_port() -> socket.socket:
    """A socket that keeps a free loopback port until it is closed: `port_of` gives the number.

    It does not listen, so connections are refused until a server listens on the same port, which
    Linux allows if both set SO_REUSEADDR, and allows again after a restart. Meanwhile the kernel
    gives the port to nobody else, neither as a free port nor for an outgoing connection.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    return reservation


def port_of(reservation: socket.socket) -> int:
    """The number of a reserved port."""
    port: int = reservation.getsockname()[1]
    return port


def accepts_connections(port: int) -> bool:
    """Whether a server listens on the loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run_program(command: Sequence[str], *, seconds: float = 120, **options: Any) -> str:
    """Run a program to its end and return the end of what it printed; `options` are subprocess's.

    Raises ServerStartError with that text if it fails or takes longer.
    """
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=True,
            **options,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise ServerStartError(f"{error}\n{_end_of(error.output or b'')}") from error
    return _end_of(done.stdout)


def _end_of(log: bytes) -> str:
    return log.decode("utf-8", "replace")[-_LOG_CHARACTERS:]


class ServerProcess:
    """The process of a server; both its streams are appended to the file `log`.

    `options` are those of subprocess.Popen.
    """

    def __init__(self, command: Sequence[str], log: Path, **options: Any) -> None:
        self._name, self._log = command[0], log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **options,
            )

    def wait_until_ready(self, is_ready: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until `is_ready()`.

        Raises ServerStartError as soon as the server has ended, and after `seconds`; it is killed.
        """
        end = time.monotonic() + seconds
        while not is_ready():
            status = self._process.poll()
            if status is not None:
                raise ServerStartError(self._describe(f"ended with status {status}"))
            if time.monotonic() > end:
                self.kill()
                raise ServerStartError(self._describe(f"was not ready after {seconds} s"))
            time.sleep(_PAUSE)

    def read_log(self) -> str:
        """What it has printed so far."""
        return self._log.read_text("utf-8", "replace")

    def _describe(self, what: str) -> str:
        return f"{self._name} {what}; the end of its log:\n{_end_of(self._log.read_bytes())}"

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = STOP_SECONDS) -> None:
        """Ask it to stop with this signal; kill it if it still runs after `seconds`."""
        self._process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """Kill it and every process it has started, and return when all of them have ended.

        Orphans would keep what the next start needs: PostgreSQL's keep its shared memory.
        """
        if not self.is_running():
            return
        parent = psutil.Process(self._process.pid)
        parent.suspend()  # or it could start another child after they were listed
        children = parent.children(recursive=True)
        for one in (parent, *children):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self._process.wait(STOP_SECONDS)
        end = time.monotonic() + STOP_SECONDS
        while not all(map(_has_ended, children)):
            assert time.monotonic() < end, f"{self._name}: children outlived SIGKILL: {children}"
            time.sleep(_PAUSE)


def _has_ended(process: psutil.Process) -> bool:
    """Also true of a process that nobody has collected yet: it holds nothing any more."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
