"""Statements that run on the driver give it exactly what SQLAlchemy itself would."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import String, insert, select, update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from perihelion.ledger.claims import READY_QUERY, make_ready_parameters
from perihelion.ledger.driver_statements import Batch, DriverConnection, Query, make_insert_batch
from perihelion.ledger.engine import _TRANSACTION_SETTINGS, open_engine, write_transaction
from perihelion.ledger.tables import META, WORKERS, Instant
from tests.fakes.ledger_testbed import NOON, SECOND, connect_database, make_planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.sql.dml import Update

    from perihelion.ledger.driver_statements import Field
    from tests.fakes.ledger_testbed import LedgerTestbed

_AT = datetime(2027, 3, 2, 12, tzinfo=UTC)
_LATER = _AT.replace(hour=13)


def _heartbeat_statement(field: Field) -> Update:
    return (
        update(WORKERS)
        .where(WORKERS.c.id == field("worker", String()))
        .values(version="2", stopped_at=None, beat_at=field("beat", Instant()))
    )


_HEARTBEAT = Batch(_heartbeat_statement)
_NAMED = Query(
    lambda among: (
        select(WORKERS.c.id, WORKERS.c.version, WORKERS.c.beat_at, WORKERS.c.stopped_at)
        .where(among(WORKERS.c.id, "names"))
        .order_by(WORKERS.c.id)
    )
)


@pytest.fixture
def worker_connection(testbed: LedgerTestbed) -> Iterator[Connection]:
    """A transaction that knows three workers, which stopped at once."""
    engine = open_engine(testbed.url)
    with write_transaction(engine, pipelined=True) as connection:
        row = {"version": "1", "started_at": _AT, "beat_at": _AT, "stopped_at": _AT}
        connection.execute(insert(WORKERS), [{"id": name, **row} for name in ("a", "b", "c")])
        yield connection
    engine.dispose()


def test_a_batch_writes_every_row_with_its_constants_and_instants(
    worker_connection: Connection,
) -> None:
    direct = DriverConnection(worker_connection)
    direct.execute_batch(
        _HEARTBEAT, [{"worker": "a", "beat": _LATER}, {"beat": _LATER, "worker": "c"}]
    )
    direct.execute_batch(_HEARTBEAT, [])
    found = direct.execute_query(_NAMED, {"names": ["a", "b", "c", "nobody"]}).list_rows()
    assert [tuple(one.values()) for one in found] == [
        ("a", "2", _LATER, None),
        ("b", "1", _AT, _AT),
        ("c", "2", _LATER, None),
    ]
    assert direct.execute_query(_NAMED, {"names": []}).list_rows() == []


def test_two_questions_may_be_asked_before_either_answer_is_read(
    worker_connection: Connection,
) -> None:
    direct = DriverConnection(worker_connection)
    first, second = (direct.execute_query(_NAMED, {"names": [name]}) for name in ("a", "b"))
    assert [row["id"] for row in second.list_rows()] == ["b"]
    assert [row["id"] for row in first.list_rows()] == ["a"]


def test_an_insertion_keeps_every_text_as_it_is(worker_connection: Connection) -> None:
    texts = ["", "'; DROP TABLE meta; --", '{"a": "\\u00e9"}', "🚀\N{ZERO WIDTH JOINER}é\n\t\\"]
    rows = [{"name": f"n{number}", "value": text} for number, text in enumerate(texts)]
    DriverConnection(worker_connection).execute_batch(
        make_insert_batch(META, ["name", "value"]), rows
    )
    kept = Query(lambda among: select(META).where(among(META.c.name, "names")))
    found = (
        DriverConnection(worker_connection)
        .execute_query(kept, {"names": [row["name"] for row in rows]})
        .list_rows()
    )
    assert sorted(found, key=itemgetter("name")) == rows


def test_a_row_without_one_of_its_values_is_an_error_and_never_a_null(
    worker_connection: Connection,
) -> None:
    with pytest.raises(KeyError, match="value"):
        DriverConnection(worker_connection).execute_batch(
            make_insert_batch(META, ["name", "value"]), [{"name": "a"}]
        )


def test_a_batch_refuses_an_instant_without_a_zone(worker_connection: Connection) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        DriverConnection(worker_connection).execute_batch(
            _HEARTBEAT, [{"worker": "a", "beat": _AT.replace(tzinfo=None)}]
        )


def test_sqlite_plans_the_question_for_claims_once(sqlite_testbed: LedgerTestbed) -> None:
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(1))
    engine = open_engine(sqlite_testbed.url)
    looked_up: list[object] = []

    def record_lookup(*what: object) -> int:
        looked_up.append(what)
        return sqlite3.SQLITE_OK

    with write_transaction(engine) as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_authorizer(record_lookup)
        for wall in (NOON, NOON + SECOND):
            looked_up.clear()
            request = replace(sqlite_testbed.make_request(), wall=wall)
            asked = make_ready_parameters(request, [], ledger.worker)
            assert (
                len(DriverConnection(connection).execute_query(READY_QUERY, asked).list_rows()) == 1
            )
        driver.set_authorizer(None)
    engine.dispose()
    assert looked_up == [], "a plan is made anew while it looks its tables up"


def test_accounts_that_others_hold_cost_postgres_next_to_nothing(
    postgres_testbed: LedgerTestbed,
) -> None:
    ledger, names = (
        postgres_testbed.open_worker(),
        [f"account-{number:03}" for number in range(128)],
    )
    for name in names:
        postgres_testbed.promise_deliveries(ledger, make_planned(1, name))
    postgres_testbed.execute_sql(
        "UPDATE accounts SET holder = 'another' WHERE name >= 'account-016'"
    )
    dialect: Any = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy has not typed it
    plan = READY_QUERY.compile_for(dialect)
    asked = plan.bind_values(
        make_ready_parameters(postgres_testbed.make_request(names), [], ledger.worker)
    )
    connection = connect_database(postgres_testbed.url)
    assert isinstance(connection, psycopg.Connection)
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {plan.text}".encode()
    with connection:
        connection.execute(_TRANSACTION_SETTINGS.encode())  # in the transaction that follows
        answer = connection.execute(explain, asked).fetchall()
    ((measured,),) = answer[0]
    assert measured["Plan"]["Actual Rows"] == 16
    assert measured["Plan"]["Shared Hit Blocks"] < 8 * len(names), "pages looked at"


def test_no_plan_is_compiled_before_a_query_of_a_few_rows(postgres_testbed: LedgerTestbed) -> None:
    must_read_all = "SELECT * FROM history WHERE reason = ''"
    (plan,) = postgres_testbed.execute_sql(f"EXPLAIN (FORMAT JSON) {must_read_all}")
    assert plan[0][0]["Plan"]["Total Cost"] > 100_000, "a table that must be read is priced high"
    assert "JIT" not in plan[0][0]
    assert postgres_testbed.execute_sql("SHOW jit") == [("off",)]
