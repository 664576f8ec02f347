"""A real PostgreSQL server on loopback, for tests: started once per test process, thrown away.

With `fsync=off` it would forget when the machine fails; tests kill processes, not machines.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from tests.fakes.skip_or_fail import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FAST_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
)
_TRIES, _PAUSE = 400, 0.05


def find_program(name: str) -> str | None:
    """Where one of PostgreSQL's programs is; Debian keeps them out of the PATH."""
    found = shutil.which(name)
    others = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(others[-1]) if others else None)


def require_programs(*more: str) -> None:
    """Skip without PostgreSQL; fail where everything is to be proved (CI=true)."""
    if all(find_program(name) for name in ("initdb", "postgres", *more)):
        return
    skip_or_fail("PostgreSQL's programs are not here: apt-get install postgresql")


class PostgresServer:
    """One server with its own data folder, port and superuser `test`, who needs no password."""

    def __init__(self) -> None:
        # A socket's path must be short, so it lies in no folder of pytest's.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:  # the programs refuse root
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.folder),
        }
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._create_data_folder()

    def _create_data_folder(self) -> None:
        """Make the data folder."""
        command = [
            "-D",
            str(self._data_folder),
            "-A",
            "trust",
            "-U",
            "test",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        self._start_program("initdb", command).wait()

    @property
    def _data_folder(self) -> Path:
        return self.folder / "data"

    def _start_program(self, name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [find_program(name) or name, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environment,
            cwd=self.folder,
            **self._as_user,
        )

    def database_url(self, database: str) -> str:
        """A URL as libpq, and people, write it."""
        return f"postgresql://test@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = (
            *_FAST_SETTINGS,
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.folder}",
        )
        options = [part for setting in settings for part in ("-c", setting)]
        self._process = self._start_program(
            "postgres", ["-D", str(self._data_folder), "-p", str(self.port), *options]
        )
        for _ in range(_TRIES):
            try:
                psycopg.connect(self.database_url("postgres"), connect_timeout=1).close()
            except psycopg.OperationalError:
                time.sleep(_PAUSE)
            else:
                return
        pytest.fail("PostgreSQL did not start")

    def stop(self, *, at_once: bool = False) -> None:
        """Stop it properly, or `at_once` as a crash would: connections die, transactions too."""
        if self._process is not None:
            (self._process.kill if at_once else self._process.terminate)()
            if not at_once:
                self._process.send_signal(2)  # a fast shutdown: do not wait for the sessions
            self._process.wait(20)
            self._process = None

    def remove(self) -> None:
        """Stop it, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute_sql(self, statement: sql.Composed | str, database: str = "postgres") -> list[Any]:
        """Run one statement by itself, and return its rows."""
        with psycopg.connect(self.database_url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def create_database(self, database: str, template: str = "template0") -> str:
        """Make a database, as a copy of `template`; returns its URL."""
        self.execute_sql(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(database), sql.Identifier(template)
            )
        )
        return self.database_url(database)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A running server of one's own."""
    require_programs()
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server that the tests of one process share; each takes a database of its own."""
    with running_postgres() as server:
        yield server
