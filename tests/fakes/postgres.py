"""A real PostgreSQL server on loopback, for tests: started once per test process, thrown away.

With `fsync=off` it would forget when the machine fails; tests kill processes, not machines.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from tests.fakes.server_process import ServerProcess, port_of, reserve_port, run_program
from tests.fakes.skip_or_fail import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FAST_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
)


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
    """One server with its own data folder, port and superuser `test`, who needs no password.

    The port stays its own until `remove`, also while the server is down. `settings` are lines of
    postgresql.conf.
    """

    def __init__(self, settings: Sequence[str] = FAST_SETTINGS) -> None:
        self._settings = settings
        # A socket's path must be short, so it lies in no folder of pytest's.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._process_options: dict[str, Any] = {}
        if os.geteuid() == 0:  # the programs refuse root
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._process_options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        self._process_options |= {"env": environment, "cwd": self.folder}
        self._reservation = reserve_port()
        self.port = port_of(self._reservation)
        self._process: ServerProcess | None = None

    def _create_data_folder(self) -> None:
        """Make the data folder."""
        self._run_program("initdb", "-A", "trust", "-U", "test", "--no-sync", "-E", "UTF8")

    @property
    def _data_folder(self) -> Path:
        return self.folder / "data"

    def _make_command(self, name: str, *arguments: str) -> list[str]:
        return [find_program(name) or name, "-D", str(self._data_folder), *arguments]

    def _run_program(self, name: str, *arguments: str) -> None:
        run_program(self._make_command(name, *arguments), **self._process_options)

    def database_url(self, database: str) -> str:
        """A URL as libpq, and people, write it."""
        return f"postgresql://test@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, and wait until it answers. Raises ServerStartError, with the end of its log."""
        if not self._data_folder.exists():
            self._create_data_folder()
        settings = (
            *self._settings,
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.folder}",
        )
        options = [part for setting in settings for part in ("-c", setting)]
        command = self._make_command("postgres", "-p", str(self.port), *options)
        self._process = ServerProcess(command, self.folder / "log", **self._process_options)
        self._process.wait_until_ready(self._answers)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.database_url("postgres"), connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Stop it properly, but without waiting for its sessions to end."""
        if self._process is not None:
            self._process.stop(signal.SIGINT)

    def crash(self) -> None:
        """Kill it, so that no process of it answers or hands anything on."""
        assert self._process is not None
        self._process.kill()

    def remove(self) -> None:
        """Stop it, and leave nothing behind."""
        self.stop()
        self._reservation.close()
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
