"""Connections: how each database is opened, and how its failures are told to a person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 10
"""How long a SQLite writer waits for another one before it gives up."""

CONNECT_SECONDS = 5
"""How long a connection to PostgreSQL may take, so that a worker notices a failover soon."""

_ADVICE = (
    ("disk is full", "the disk is full: free some space, nothing was lost"),
    ("readonly", "the ledger's file or folder is read-only: make it writable"),
    ("unable to open", "its folder is missing or not writable: create it, or set PERIHELION_STATE"),
    ("not a database", "the file is damaged: move it away, then run `python bot.py recover`"),
    ("malformed", "the file is damaged: move it away, then run `python bot.py recover`"),
    ("disk I/O error", "the disk does not answer: check it"),
    ("locked", "another program keeps it locked: close it, or wait"),
    ("no such table", "its tables are missing: run `python bot.py migrate`"),
    ("does not exist", "its tables are missing: run `python bot.py migrate`"),
)


def open_engine(url: str) -> Engine:
    """An engine for a SQLite or PostgreSQL `url`; no connection is made yet."""
    if url.startswith("sqlite"):
        return _open_sqlite(url)
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=4,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "perihelion"},
        isolation_level="READ COMMITTED",
        hide_parameters=True,
    )


def _open_sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,
        **({"poolclass": NullPool} if "mode=ro" in url else {}),
    )
    event.listen(engine, "connect", _read_only if "mode=ro" in url else _durable)
    event.listen(engine, "begin", _begin)
    return engine


def _read_only(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's or a wrapper
    connection.isolation_level = None


def _durable(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's or a wrapper
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own comes too late
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a commit is on disk before a request leaves
    cursor.close()


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes; on leaving, its changes are on disk or not there at all."""
    with translated(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view that writes nothing."""
    with translated(engine), engine.connect().execution_options(reading=True) as connection:
        yield connection


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors into LedgerUnavailable, with what to do about them."""
    try:
        yield
    except DBAPIError as error:
        raise LedgerUnavailable(explain(engine, str(error.orig))) from error
    except SQLAlchemyError as error:
        raise LedgerUnavailable(explain(engine, str(error))) from error


def explain(engine: Engine, problem: str) -> str:
    """One sentence for a person: which ledger, what happened, what to do. Holds no password."""
    where = engine.url.render_as_string(hide_password=True)
    for sign, advice in _ADVICE:
        if sign.lower() in problem.lower():
            return f"the ledger {where} cannot be used, so nothing is posted: {advice} ({problem})"
    return (
        f"the ledger {where} cannot be reached, so nothing is posted; it is tried again by "
        f"itself ({problem.strip()})"
    )
