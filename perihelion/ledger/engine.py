"""Connections: how each database is opened, and how its failures are explained."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError

from perihelion.ledger.sqlite import open_sqlite, parse_sqlite_url
from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import Any

    from sqlalchemy import Connection, Dialect, Engine, ExceptionContext
    from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_SECONDS = 5
"""How long a connection to PostgreSQL may take, so that a worker notices a failover soon."""

PING_AFTER_IDLE_SECONDS = 0.1
"""After so long without use, a connection is tested before it is used again."""

_ADVICE = (
    ("disk is full", "the disk is full: free some space, nothing was lost"),
    ("no space left", "the database's disk is full: free some space, nothing was lost"),
    ("readonly", "the ledger's file or folder is read-only: make it writable"),
    ("read-only transaction", "this server is read-only; looking for the primary"),
    ("unable to open", "it is missing, or its folder is not writable: run `python bot.py migrate`"),
    ("not a database", "the file is damaged: move it away, then run `python bot.py recover`"),
    ("malformed", "the file is damaged: move it away, then run `python bot.py recover`"),
    ("disk i/o error", "the disk does not answer: check it"),
    ("database is locked", "another program keeps it locked: close it, or wait"),
    ("lock timeout", "another program keeps its rows locked: close it, or wait"),
    ("no such table", "its tables are missing: run `python bot.py migrate`"),
    ('relation "', "its tables are missing: run `python bot.py migrate`"),
    ("password authentication", "it refuses the user or password in DATABASE_URL: correct them"),
    ('database "', "the database in DATABASE_URL does not exist: create it"),
)

_DISK_FULL_BYTES = 64 * 1024
"""Bytes: with no more than this free, SQLite's "disk I/O error" means that the disk is full."""

_SESSION_SETTINGS = """
SELECT set_config('lock_timeout', '10s', false),
       set_config('idle_in_transaction_session_timeout', '60s', false),
       set_config('synchronous_commit',
                  regexp_replace(current_setting('synchronous_commit'), '^(off|local)$', 'on'),
                  false),
       set_config('enable_hashjoin', 'off', false),
       set_config('enable_mergejoin', 'off', false),
       set_config('enable_seqscan', 'off', false),
       set_config('jit', 'off', false)
"""
"""A stuck worker blocks nobody for long, and a commit is on disk before a request leaves: on the
standby's disk too, if the server waits for one.

Every statement here needs a few rows by key. Without statistics, or with those of a nearly empty
table, the planner would read all deliveries for each of them, and keep that plan. A plan that has
to scan a table is then priced so high that the server would compile it first, 50 ms each time.
"""

_KEEPALIVE_OPTIONS = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that disappeared is noticed within half a minute (libpq; s and ms)."""

_READ_ONLY_SQLSTATE = "25006"
"""SQLSTATE read_only_sql_transaction: after a failover, the connection leads to a standby."""


def open_engine(url: str) -> Engine:
    """An engine for a SQLite or PostgreSQL `url`; no connection is made yet.

    Raises LedgerUnavailable for what is no such URL, without showing it: it may hold a password.
    """
    try:
        where = parse_sqlite_url(url) or make_url(url)
    except (SQLAlchemyError, ValueError) as error:
        raise LedgerUnavailable(
            "DATABASE_URL cannot be read: write postgresql://user:password@host/database, with "
            "special characters percent-encoded, or sqlite:///FILE"
        ) from error
    if where.get_backend_name() == "sqlite":
        return open_sqlite(where)
    engine = create_engine(
        where,
        pool_size=4,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "perihelion",
            **_KEEPALIVE_OPTIONS,
        },
        isolation_level="READ COMMITTED",
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up_session)
    event.listen(engine, "checkin", _record_last_use)
    event.listen(engine, "checkout", partial(_ping_if_idle, engine.dialect))
    event.listen(engine, "handle_error", _disconnect_from_standby)
    return engine


def _set_up_session(connection: Any, _record: object) -> None:  # noqa: ANN401 - psycopg's
    connection.execute(_SESSION_SETTINGS)
    connection.commit()


def _record_last_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _ping_if_idle(
    dialect: Dialect,
    connection: Any,  # noqa: ANN401 - psycopg's
    record: ConnectionPoolEntry,
    _proxy: object,
) -> None:
    """Test a connection that was idle; one that was not is in use, and known to work."""
    if (
        time.monotonic() - record.info.get("used", -PING_AFTER_IDLE_SECONDS)
        < PING_AFTER_IDLE_SECONDS
    ):
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError(str(error)) from error


def _disconnect_from_standby(context: ExceptionContext) -> None:
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY_SQLSTATE:
        context.is_disconnect = True


@contextmanager
def write_transaction(engine: Engine, *, pipelined: bool = False) -> Iterator[Connection]:
    """One transaction that writes; afterwards its changes are on disk, or none of them is.

    `pipelined`: statements that run on the driver itself are sent without waiting for each result.
    """
    with translate_errors(engine), engine.connect() as connection:
        try:
            with _open_pipeline(connection, enabled=pipelined), connection.begin():
                yield connection
        except (engine.dialect.loaded_dbapi.Error, DBAPIError) as error:
            connection.invalidate()  # SQLAlchemy has not seen a driver's own error
            first = _first_error(error)
            if first is error:
                raise
            raise first from error


def _first_error(error: BaseException) -> BaseException:
    """What broke a pipeline: whatever was sent after it is only said to be aborted."""
    while "pipeline aborted" in str(error) and error.__context__ is not None:
        error = error.__context__
    return error


def _open_pipeline(connection: Connection, *, enabled: bool) -> AbstractContextManager[object]:
    if not enabled or connection.dialect.name == "sqlite":
        return nullcontext()
    driver: Any = connection.connection.driver_connection
    pipeline: AbstractContextManager[object] = driver.pipeline()
    return pipeline


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """One consistent view that writes nothing."""
    with translate_errors(engine), engine.connect().execution_options(reading=True) as connection:
        yield connection


@contextmanager
def translate_errors(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors into LedgerUnavailable, with what to do about them."""
    try:
        yield
    except DBAPIError as error:
        raise LedgerUnavailable(explain_failure(engine, str(error.orig))) from error
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        raise LedgerUnavailable(explain_failure(engine, str(error))) from error


def _is_disk_full(file: Path) -> bool:
    """Whether SQLite cannot create or enlarge its side files because the disk is full."""
    try:
        return disk_usage(file.parent).free < _DISK_FULL_BYTES
    except OSError:
        return False


def explain_failure(engine: Engine, problem: str) -> str:
    """One sentence for a person: which ledger, what happened, what to do. Holds no password."""
    where = engine.url.set(query={}).render_as_string(hide_password=True)
    problem = " ".join(problem.split())
    if "disk I/O error" in problem and _is_disk_full(Path(engine.url.database or "")):
        problem += ", as the disk is full"
    for pattern, advice in _ADVICE:
        if pattern in problem.lower():
            return f"the ledger {where} cannot be used, so nothing is posted: {advice} ({problem})"
    return (
        f"the ledger {where} cannot be reached, so nothing is posted; retrying automatically "
        f"({problem})"
    )
