"""SQLite: how its file is opened, and how its one write lock is taken."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from sqlalchemy import URL, create_engine, event

from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_SECONDS = 10.0
"""How long a SQLite writer waits for another one; `?timeout=SECONDS` in the URL says otherwise."""

_LOCK_POLL_MS = 3
"""How long SQLite itself waits for the write lock before each further try."""

MIN_SQLITE_VERSION = (3, 35)
"""The first with MATERIALIZED, without which a subquery would run once for every pair of rows."""


def parse_sqlite_url(url: str) -> URL | None:
    """The URL of a SQLite file, whose name is taken to the letter; None for another database.

    A `?` begins options only behind the file's folders: a folder may have any name.
    """
    scheme, _, rest = url.partition(":///")
    if scheme != "sqlite":
        return None
    file, mark, options = rest.rpartition("?")
    if not mark or "/" in options or "=" not in options:
        return URL.create("sqlite", database=rest)
    return URL.create("sqlite", database=file, query=dict(parse_qsl(options)))


def open_sqlite(where: URL) -> Engine:
    """An engine for a file; raises LedgerUnavailable where this Python's SQLite is too old."""
    if sqlite3.sqlite_version_info < MIN_SQLITE_VERSION:
        wanted = ".".join(map(str, MIN_SQLITE_VERSION))
        raise LedgerUnavailable(
            f"this Python brings SQLite {sqlite3.sqlite_version}, and the ledger needs {wanted} or "
            "newer: use a newer Python or system image, or PostgreSQL (DATABASE_URL)"
        )
    engine = create_engine(where, creator=lambda: _connect_to_file(where), hide_parameters=True)
    event.listen(engine, "connect", _record_file_identity)
    event.listen(engine, "begin", _begin_transaction)
    return engine


def _connect_to_file(where: URL) -> sqlite3.Connection:
    """A connection to an existing file: only `migrate` creates one."""
    file = Path(where.database or "").absolute()
    connection = sqlite3.connect(
        f"file:{quote(str(file))}?mode=rw{_immutable_parameter(file)}",
        uri=True,
        timeout=float(str(where.query.get("timeout", BUSY_TIMEOUT_SECONDS))),
        isolation_level=None,  # we send BEGIN: the driver's own comes too late
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous=FULL")  # a commit is on disk before a request leaves
    return connection


def _immutable_parameter(file: Path) -> str:
    """For a ledger without a writer, in a folder where SQLite cannot create its side files."""
    effective = os.access in os.supports_effective_ids
    writable = os.access(file.parent, os.W_OK, effective_ids=effective)
    return "" if writable or Path(f"{file}-wal").exists() else "&immutable=1"


def _record_file_identity(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - sqlite3's or a wrapper
    (_number, _name, file) = connection.execute("PRAGMA database_list").fetchone()
    record.info["file"] = _get_file_identity(file)


def _begin_transaction(connection: Connection) -> None:
    """Begin; a writer makes sure that its file is still the one that others open.

    SQLite carries on in a deleted file, and the next worker would create a new one and post again.
    """
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    _begin_writing(connection)
    file = connection.engine.url.database or ""
    if connection.info["file"] != (_get_file_identity(file) or "gone"):
        connection.invalidate()
        raise LedgerUnavailable(
            f"the ledger {file} was moved or deleted while in use, so nothing is posted: put it "
            "back, or stop every worker and run `python bot.py recover`"
        )


def _begin_writing(connection: Connection) -> None:
    """Take SQLite's only write lock, trying every few milliseconds.

    SQLite's own wait sleeps up to 0.1 s between two tries, so that several workers spent most of
    their waiting on a lock that was free.
    """
    driver: Any = connection.connection.driver_connection
    busy_timeout: int = driver.execute("PRAGMA busy_timeout").fetchone()[0]
    driver.execute(f"PRAGMA busy_timeout={_LOCK_POLL_MS}")
    try:
        for _ in range(busy_timeout // _LOCK_POLL_MS):
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what is wrong, if it still is
    finally:
        driver.execute(f"PRAGMA busy_timeout={busy_timeout}")


def _get_file_identity(file: str) -> tuple[int, int] | None:
    try:
        found = os.stat(file)  # noqa: PTH116 - asked at every commit, and half the cost of a Path
    except OSError:
        return None
    return found.st_dev, found.st_ino
