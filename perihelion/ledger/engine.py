"""Connections and transactions: how each database is opened and used."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError

from perihelion.ledger.failures import explain_failure
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

_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"

_TRANSACTION_SETTINGS = """
SELECT set_config('lock_timeout', '10s', true),
       set_config('idle_in_transaction_session_timeout', '60s', true),
       set_config('synchronous_commit',
                  regexp_replace(current_setting('synchronous_commit'), '^(off|local)$', 'on'),
                  true),
       set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true),
       set_config('jit', 'off', true)
"""
"""A stuck worker blocks nobody for long, and a commit is on disk before a request leaves: on the
standby's disk too, if the server waits for one.

Every statement here needs a few rows by key. Without statistics, or with those of a nearly empty
table, the planner would read all deliveries for each of them, and keep that plan. A plan that has
to scan a table is then priced so high that the server would compile it first, 50 ms each time.

They are set for each transaction, and not for the session: behind a pooler, the next transaction
may run on another session.
"""

_BEGIN_AND_SET = f"{_BEGIN}; {_TRANSACTION_SETTINGS}"

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
            "autocommit": True,  # we send BEGIN, with what must be set
            "prepare_threshold": None,  # a pooler's next transaction may be on another session
            **_KEEPALIVE_OPTIONS,
        },
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin_transaction)
    event.listen(engine, "checkin", _record_last_use)
    event.listen(engine, "checkout", partial(_ping_if_idle, engine.dialect))
    event.listen(engine, "handle_error", _disconnect_from_standby)
    return engine


def _begin_transaction(connection: Connection) -> None:
    """Begin and set what must be set, in one round trip at most."""
    driver: Any = connection.connection.driver_connection
    in_pipeline = driver.pgconn.pipeline_status
    for command in [_BEGIN, _TRANSACTION_SETTINGS] if in_pipeline else [_BEGIN_AND_SET]:
        driver.execute(command)


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
        connection.begin()  # what runs on the driver itself would not begin it
        yield connection


@contextmanager
def translate_errors(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors into LedgerUnavailable, with what to do about them."""
    try:
        yield
    except DBAPIError as error:
        raise LedgerUnavailable(explain_failure(engine, error.orig or error)) from error
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        raise LedgerUnavailable(explain_failure(engine, error)) from error
