"""Plain faults: each ends in words that say what to do, and loses or doubles nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from perihelion.ledger import engine
from perihelion.ledger.store import Ledger
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerUnavailable
from perihelion.testing.faults import MAX_SECONDS
from tests.fakes.database_fixtures import to_driver_url
from tests.fakes.ledger_testbed import (
    LEASE,
    NOON,
    LedgerTestbed,
    connect_database,
    exchange_with_ledger,
    make_key,
    make_planned,
    make_result,
    migrate_ledger,
    prepare_to_send,
)
from tests.fakes.ordinary_user import as_ordinary_user
from tests.fakes.postgres import PostgresServer, running_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from perihelion.ledger.values import ClaimPrepared
    from perihelion.model.deliveries import Delivery


@pytest.fixture
def state(sqlite_testbed: LedgerTestbed) -> Path:
    """The state folder of `sqlite_testbed`; others may look into it."""
    folder = ledger_file(sqlite_testbed).parent
    folder.parent.chmod(0o755)
    return folder


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server that may be broken."""
    with running_postgres() as own:
        yield own


def ledger_file(testbed: LedgerTestbed) -> Path:
    return Path(testbed.url.removeprefix("sqlite:///"))


def list_writes(testbed: LedgerTestbed, ledger: Ledger) -> list[Callable[[], object]]:
    """What a worker writes all the time."""
    return [
        lambda: testbed.promise_deliveries(ledger, make_planned(9)),
        lambda: testbed.claim_deliveries(ledger),
        lambda: ledger.record_heartbeat(NOON),
        lambda: ledger.save_adapter_value("mastodon", "name", "value"),
    ]


def list_reads(testbed: LedgerTestbed, ledger: Ledger) -> list[Callable[[], object]]:
    """What would write if there were anything to do."""
    return [
        lambda: ledger.mark_missed(NOON),
        lambda: testbed.expire_claims(ledger),
        lambda: ledger.resolve_delivery(make_key(1), State.SKIPPED, NOON),
    ]


def fill_ledger(testbed: LedgerTestbed, ledger: Ledger) -> None:
    """Fill the ledger until something breaks, on another account."""
    for number in range(10, 2000):
        testbed.promise_deliveries(ledger, make_planned(number, "x"))


def assert_intact(testbed: LedgerTestbed, ledger: Ledger) -> None:
    """Two deliveries, one sent after the other, as if nothing had been."""
    seen = []
    while claims := testbed.claim_deliveries(ledger):
        seen += [(claim.delivery.key, claim.delivery.attempts) for claim in claims]
        assert testbed.settle_claims(ledger, *(make_result(claim) for claim in claims)) == []
    assert seen == [(make_key(1), 1), (make_key(2), 1)]


# The disk.


def test_a_full_disk_is_named_and_loses_nothing(sqlite_testbed: LedgerTestbed) -> None:
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    ledger.close()

    def limit_pages(connection: sqlite3.Connection, _record: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(ledger._engine, "connect", limit_pages)
    with pytest.raises(LedgerUnavailable, match="the disk is full: free some space"):
        fill_ledger(sqlite_testbed, ledger)
    event.remove(ledger._engine, "connect", limit_pages)
    ledger.close()
    assert_intact(sqlite_testbed, ledger)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A real file system of half a megabyte."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k,mode=755", "tmpfs", str(folder)],  # noqa: S607 - the system's own
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk, and not in every sandbox")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607 - as above


def test_a_disk_that_is_really_full_is_named_and_posting_goes_on_once_there_is_space(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path):
        migrate_ledger(f"sqlite:///{tmp_path}/ledger.sqlite3")
        testbed = LedgerTestbed(f"sqlite:///{tmp_path}/ledger.sqlite3")
        ledger = testbed.open_worker()
        testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
        stuffing = tmp_path / "stuffing"
        with pytest.raises(OSError, match="No space left"):
            fill_file(stuffing)
        with pytest.raises(LedgerUnavailable, match="disk is full: free some space"):
            fill_ledger(testbed, ledger)
        stuffing.unlink()
        assert_intact(testbed, ledger)
        testbed.close()


def fill_file(file: Path) -> None:
    """Write until there is no space left."""
    with file.open("wb", 0) as stream:
        while True:
            stream.write(b"." * 512)


def test_a_sqlite_that_is_too_old_is_told_before_anything_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    reported = r"brings SQLite 3\.34\.1, and the ledger needs 3\.35 or newer: use a newer Python"
    with pytest.raises(LedgerUnavailable, match=reported):
        engine.open_engine("sqlite:///ledger.sqlite3")


def let_others_read(state: Path) -> None:
    """As an operator may do on purpose."""
    for one in (state, *state.rglob("*")):
        one.chmod(0o755 if one.is_dir() else 0o644)


def test_in_a_read_only_folder_nothing_is_written_but_everything_can_be_read(
    sqlite_testbed: LedgerTestbed, state: Path
) -> None:
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    ledger.close()
    assert [file.name for file in state.glob("ledger*")] == ["ledger.sqlite3"]
    let_others_read(state)
    visitor = sqlite_testbed.open_ledger()
    with as_ordinary_user():
        assert visitor.count_deliveries_by_state() == {State.DUE: 2}
        assert visitor.get_delivery(make_key(1)).state is State.DUE
        for write in list_writes(sqlite_testbed, visitor):
            with pytest.raises(LedgerUnavailable, match="read-only: make it writable"):
                write()
        with pytest.raises(LedgerUnavailable, match="cannot be written, so nothing is posted"):
            visitor.register_worker("1.0", NOON)
    visitor.close()
    assert_intact(sqlite_testbed, ledger)


def test_who_may_only_read_sees_what_a_worker_at_work_has_written(
    sqlite_testbed: LedgerTestbed, state: Path
) -> None:
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(1))
    assert (state / "ledger.sqlite3-wal").exists()
    let_others_read(state)
    with as_ordinary_user():
        assert sqlite_testbed.open_ledger().count_deliveries_by_state() == {State.DUE: 1}


def test_a_ledger_cannot_be_made_in_a_read_only_folder(tmp_path: Path) -> None:
    testbed = LedgerTestbed(f"sqlite:///{tmp_path}/state/ledger.sqlite3")
    with (
        as_ordinary_user(),
        pytest.raises(LedgerUnavailable, match="set PERIHELION_STATE or DATABAS"),
    ):
        testbed.open_ledger().migrate(NOON)


@pytest.mark.parametrize("where", [0, 4096, 3 * 4096])
def test_a_damaged_file_is_named_and_never_taken_for_an_empty_one(
    sqlite_testbed: LedgerTestbed, where: int
) -> None:
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, *(make_planned(number) for number in range(1, 50)))
    sqlite_testbed.close()
    with ledger_file(sqlite_testbed).open("r+b") as file:
        file.seek(where)
        file.write(b"\xa5" * 30_000)
    with pytest.raises(LedgerUnavailable, match="the file is damaged: move it away"):
        sqlite_testbed.claim_deliveries(ledger)
    with pytest.raises(LedgerUnavailable, match="the file is damaged"):
        ledger.list_deliveries()


def test_an_empty_file_is_no_ledger(sqlite_testbed: LedgerTestbed) -> None:
    ledger_file(sqlite_testbed).write_bytes(b"")
    with pytest.raises(LedgerUnavailable, match=r"run `python bot\.py migrate`"):
        sqlite_testbed.open_worker()
    assert sqlite_testbed.open_ledger().get_version() is None


def test_a_ledger_that_was_taken_away_under_a_worker_is_not_written_to_any_more(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """Else it would go on in a file that nobody sees, and the next worker would post again."""
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    for file in ledger_file(sqlite_testbed).parent.glob("ledger.sqlite3*"):
        file.unlink()
    with pytest.raises(LedgerUnavailable, match="was moved or deleted while in use"):
        sqlite_testbed.claim_deliveries(ledger)
    with pytest.raises(LedgerUnavailable, match="it is missing"):
        sqlite_testbed.claim_deliveries(ledger)
    assert not ledger_file(sqlite_testbed).exists()


# Locks.


@pytest.mark.parametrize("kind", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_ledger_that_another_program_locks_is_given_up_soon_and_used_again_later(
    sqlite_testbed: LedgerTestbed, kind: str
) -> None:
    sqlite_testbed.promise_deliveries(
        sqlite_testbed.open_worker(), make_planned(1), make_planned(2)
    )
    sqlite_testbed.url += "?timeout=0.2"
    ledger = sqlite_testbed.open_ledger("impatient")
    with closing(connect_database(sqlite_testbed.url.partition("?")[0])) as other:
        other.execute(f"BEGIN {kind}")
        started = time.monotonic()
        for write in list_writes(sqlite_testbed, ledger) + list_reads(sqlite_testbed, ledger):
            with pytest.raises(LedgerUnavailable, match="another program keeps it locked"):
                write()
        assert time.monotonic() - started < MAX_SECONDS, "each waits 0.2 s, not 30"
        assert ledger.count_deliveries_by_state() == {State.DUE: 2}, "reading does not wait"
        other.execute("ROLLBACK")
    assert_intact(sqlite_testbed, ledger)


def test_an_account_that_another_program_locks_does_not_hold_up_the_others(
    postgres_testbed: LedgerTestbed,
) -> None:
    testbed, ledger = postgres_testbed, postgres_testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    testbed.promise_deliveries(ledger, make_planned(1, "x"))
    event.listen(ledger._engine, "begin", _shorten_lock_timeout)
    with closing(connect_database(testbed.url)) as other:
        other.execute("SELECT 1 FROM accounts WHERE name = 'mastodon' FOR UPDATE")
        (claim,) = testbed.claim_deliveries(ledger, accounts=("mastodon", "x"))
        assert claim.delivery.key.account == "x"
        assert testbed.expire_claims(ledger) == []
        with pytest.raises(LedgerUnavailable, match="keeps its rows locked"):
            testbed.promise_deliveries(ledger, make_planned(3))
    assert testbed.settle_claims(ledger, make_result(claim)) == []
    assert_intact(testbed, ledger)


def _shorten_lock_timeout(connection: Connection) -> None:
    connection.connection.cursor().execute("SET LOCAL lock_timeout = '200ms'")


# Connections.


def test_a_commit_is_on_disk_when_sqlite_says_so(sqlite_testbed: LedgerTestbed) -> None:
    opened = engine.open_engine(sqlite_testbed.url)
    with engine.write_transaction(opened) as connection:
        held = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    opened.dispose()
    assert held == 2, "FULL, whatever this build of SQLite has for a default"


@pytest.mark.parametrize(
    ("wanted", "held"),
    [("off", "on"), ("local", "on"), ("on", "on"), ("remote_apply", "remote_apply")],
)
def test_a_commit_is_at_least_on_disk_and_on_the_standby_whatever_the_address_says(
    postgres_testbed: LedgerTestbed, wanted: str, held: str
) -> None:
    url = f"{postgres_testbed.url}?options=-csynchronous_commit%3D{wanted}"
    opened = engine.open_engine(url)
    with engine.read_transaction(opened) as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == held
    opened.dispose()


def test_a_ledger_that_nobody_follows_has_no_lagging_standby(testbed: LedgerTestbed) -> None:
    assert not testbed.open_worker().has_lagging_standby()


def test_a_ledger_does_not_move_from_one_kind_of_database_to_another(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    other = (
        "postgresql+psycopg://test@127.0.0.1:1/x"
        if testbed.is_sqlite
        else "sqlite:///other.sqlite3"
    )
    with pytest.raises(LedgerUnavailable, match="it is another ledger: stop every worker first"):
        ledger.switch_database(other)
    assert ledger.count_deliveries_by_state() == {State.DUE: 1}, "it goes on where it is"


def test_a_connection_that_dies_in_a_transaction_undoes_it_and_the_next_one_works(
    postgres_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a machine that stands still, the connection would have rested, and be tried before use.
    monkeypatch.setattr(engine, "PING_AFTER_IDLE_SECONDS", 3600)
    testbed, ledger = postgres_testbed, postgres_testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))

    def terminate_connections(delivery: Delivery) -> ClaimPrepared:
        testbed.execute_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return prepare_to_send(delivery)

    with pytest.raises(LedgerUnavailable, match="retrying automatically"):
        testbed.claim_deliveries(ledger, terminate_connections)
    assert ledger.count_deliveries_by_state() == {State.DUE: 2}
    assert_intact(testbed, ledger)


def test_a_connection_that_died_while_it_rested_is_not_even_noticed(
    postgres_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PING_AFTER_IDLE_SECONDS", 0)  # or the test would have to wait
    testbed, ledger = postgres_testbed, postgres_testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    testbed.execute_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert_intact(testbed, ledger)


@pytest.mark.parametrize("go_away", [PostgresServer.stop, PostgresServer.crash])
def test_a_server_that_goes_away_and_comes_back_is_used_again(
    server: PostgresServer, go_away: Callable[[PostgresServer], None]
) -> None:
    testbed = LedgerTestbed(
        to_driver_url(server.create_database("ledger")).replace("test@", "test:s3cret@")
    )
    migrate_ledger(testbed.url)
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    (claim,) = testbed.claim_deliveries(ledger)
    go_away(server)
    attempts = list_writes(testbed, ledger) + list_reads(testbed, ledger)
    attempts.append(lambda: testbed.settle_claims(ledger, make_result(claim)))
    for attempt in attempts:
        with pytest.raises(LedgerUnavailable, match="nothing is posted") as error:
            attempt()
        assert "s3cret" not in str(error.value)
    server.start()
    assert testbed.claim_deliveries(ledger) == []
    assert testbed.settle_claims(ledger, make_result(claim)) == []
    (following,) = testbed.claim_deliveries(ledger)
    assert (following.delivery.key, following.delivery.attempts) == (make_key(2), 1)
    testbed.close()


def test_a_connection_that_leads_to_a_standby_is_left(postgres_testbed: LedgerTestbed) -> None:
    testbed, ledger = postgres_testbed, postgres_testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    with ledger._engine.connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = on")
        connection.commit()
    with pytest.raises(LedgerUnavailable, match="looking for the primary"):
        testbed.claim_deliveries(ledger)
    assert_intact(testbed, ledger)


def test_a_commit_whose_answer_was_lost_sends_nothing_twice(
    testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    (claim,) = testbed.claim_deliveries(ledger)
    dialect = ledger._engine.dialect
    commit = dialect.do_commit
    driver_error: type[Exception] = dialect.loaded_dbapi.OperationalError

    def lose_the_answer(connection: Any) -> None:  # noqa: ANN401 - either driver's
        commit(connection)
        raise driver_error("the answer was lost")

    with monkeypatch.context() as trouble:
        trouble.setattr(dialect, "do_commit", lose_the_answer)
        with pytest.raises(LedgerUnavailable, match="the answer was lost"):
            exchange_with_ledger(ledger, [make_result(claim)], testbed.make_request())
    result = make_result(claim)
    outcome = exchange_with_ledger(ledger, [result], testbed.make_request())
    assert (outcome.stale, outcome.claims) == ([result[1]], []), "a lost claim is in the way"
    assert testbed.delivery_state(1) is State.SENT
    assert testbed.delivery_state(2) is State.SENDING
    testbed.expire_claims(ledger)
    testbed.clocks.advance_time(LEASE)
    testbed.expire_lease(ledger)
    assert testbed.expire_claims(ledger) == ["mastodon"]
    assert testbed.delivery_state(2) is State.UNKNOWN


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://bot:s3cret@127.0.0.1:9/ledger",
        "postgresql+psycopg://127.0.0.1:9/ledger?user=bot&password=s3cret",
        "postgresql+psycopg://bot:s3cret@127.0.0.1:9/ledger?sslpassword=s3cret&nonsense=1",
        "postgresql+psycopg://bot:s3cret@127.0.0.1:port/ledger",
        "postgresql+psycopg://bot:s3/cret@[127.0.0.1/ledger",
    ],
)
def test_no_trouble_with_a_connection_shows_the_password(url: str) -> None:
    with pytest.raises(LedgerUnavailable) as error:
        Ledger(url, "worker", LEASE, lambda: NOON, time.monotonic).count_deliveries_by_state()
    assert "s3cret" not in str(error.value)
    assert "cret" not in str(error.value)


def test_a_database_that_is_not_there_and_a_refused_password_are_told_apart(
    postgres: PostgresServer,
) -> None:
    testbed = LedgerTestbed(to_driver_url(postgres.database_url("nowhere")))
    with pytest.raises(LedgerUnavailable, match="the database in DATABASE_URL does not exist"):
        testbed.open_ledger().count_deliveries_by_state()


def test_the_tests_run_where_a_ledger_can_be_read_by_another_process(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """A worker killed with everything open leaves a ledger that the next one can use at once."""
    script = (
        "import os, sys\n"
        "from tests.fakes.ledger_testbed import LedgerTestbed, make_planned\n"
        "testbed = LedgerTestbed(sys.argv[1])\n"
        "ledger = testbed.open_worker()\n"
        "testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))\n"
        "testbed.claim_deliveries(ledger)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[3]
    killed = subprocess.run(
        [sys.executable, "-c", script, sqlite_testbed.url], cwd=root, check=False
    )
    assert killed.returncode == -9
    ledger = sqlite_testbed.open_worker()
    assert sqlite_testbed.claim_deliveries(ledger) == []
    assert sqlite_testbed.expire_claims(ledger) == ["mastodon"], (
        "at once: the kernel let go of its file"
    )
    assert ledger.get_delivery(make_key(1)).state is State.UNKNOWN
