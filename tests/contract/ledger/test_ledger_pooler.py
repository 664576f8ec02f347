"""Behind PgBouncer in transaction mode, each transaction may run on another server connection."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from perihelion.ledger.engine import open_engine, read_transaction, write_transaction
from tests.fakes.database_fixtures import next_database_name, to_driver_url
from tests.fakes.ledger_testbed import (
    LedgerTestbed,
    make_key,
    make_planned,
    make_result,
    migrate_ledger,
)
from tests.fakes.pgbouncer import running_pgbouncer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tests.fakes.postgres import PostgresServer

MANY = 8
"""How often it is done: psycopg would prepare a statement that runs more than five times."""


@pytest.fixture(scope="module")
def pooler_port(postgres: PostgresServer) -> Iterator[int]:
    with running_pgbouncer(postgres) as port:
        yield port


@pytest.fixture
def pooled_url(postgres: PostgresServer, pooler_port: int) -> str:
    """The pooled URL of an empty database whose own settings are careless."""
    name = next_database_name()
    url = postgres.create_database(name)
    postgres.execute_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    return url.replace(f":{postgres.port}/", f":{pooler_port}/")


def test_workers_die_behind_a_pooler_and_the_next_ones_send_every_post_once(
    pooled_url: str,
) -> None:
    open_both_server_connections(pooled_url)
    migrate_ledger(to_driver_url(pooled_url))
    testbed = LedgerTestbed(to_driver_url(pooled_url))
    for first in range(0, 4 * MANY, MANY):
        dying = testbed.open_worker()
        testbed.promise_deliveries(dying, *map(make_planned, range(first, first + MANY)))
        dying.close()  # it tidies nothing up on the server's connections, as after a kill
    ledger, sent = testbed.open_worker(), []
    while claims := testbed.claim_deliveries(ledger):
        assert testbed.settle_claims(ledger, *map(make_result, claims)) == []
        sent += [claim.delivery.key for claim in claims]
    assert sorted(sent) == sorted(map(make_key, range(4 * MANY)))
    testbed.close()


def read_row(connection: Connection, question: str) -> tuple[Any, ...]:
    """The only row of an answer, asked for on the driver itself, as an exchange does."""
    cursor: Any = connection.connection.cursor()
    cursor.execute(question)
    row: tuple[Any, ...] = cursor.fetchone()
    return row


def open_both_server_connections(pooled_url: str) -> None:
    """Have two transactions at once: from then on the pooler takes its connections in turn."""
    with psycopg.connect(pooled_url) as first, psycopg.connect(pooled_url) as second:
        first.execute("SELECT 1")
        second.execute("SELECT 1")


@pytest.mark.parametrize("pipelined", [False, True])
def test_every_transaction_has_our_settings_whichever_server_connection_it_gets(
    pooled_url: str, *, pipelined: bool
) -> None:
    open_both_server_connections(pooled_url)
    engine = open_engine(to_driver_url(pooled_url))
    seen, servers = set(), set()
    question = (
        "SELECT current_setting('synchronous_commit'), current_setting('lock_timeout'),"
        " current_setting('enable_seqscan'), pg_backend_pid()"
    )
    for _ in range(MANY):
        for transaction in (
            write_transaction(engine, pipelined=pipelined),
            read_transaction(engine),
        ):
            with transaction as connection:
                *settings, server = read_row(connection, question)
            seen.add(tuple(settings))
            servers.add(server)
    engine.dispose()
    assert len(servers) == 2, "the pooler must have used both of its connections"
    assert seen == {("on", "10s", "off")}


def connect_other_client(pooled_url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(pooled_url, autocommit=True, prepare_threshold=None)


def test_nothing_is_left_set_for_the_pooler_s_other_clients(pooled_url: str) -> None:
    open_both_server_connections(pooled_url)
    engine = open_engine(to_driver_url(pooled_url))
    with closing(connect_other_client(pooled_url)) as other:
        for _ in range(MANY):
            with write_transaction(engine) as connection:
                read_row(connection, "SELECT 1")
            assert other.execute("SHOW synchronous_commit").fetchall() == [("off",)]
            assert other.execute("SHOW lock_timeout").fetchall() == [("0",)]
    engine.dispose()
