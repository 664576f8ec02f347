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
from tests.fakes.databases import driver
from tests.fakes.ledgers import LEASE, NOON, World, connect, key, migrated, planned, send, settled
from tests.fakes.postgres import PostgresServer, postgres_server
from tests.fakes.privileges import ordinary_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.ledger.values import ClaimPrepared
    from perihelion.model.deliveries import Delivery


@pytest.fixture
def state(sqlite_world: World) -> Path:
    """The state folder of `sqlite_world`; others may look into it."""
    folder = ledger_file(sqlite_world).parent
    folder.parent.chmod(0o755)
    return folder


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server that may be broken."""
    with postgres_server() as own:
        yield own


def ledger_file(world: World) -> Path:
    return Path(world.url.removeprefix("sqlite:///"))


def writes(world: World, ledger: Ledger) -> list[Callable[[], object]]:
    """What a worker writes all the time."""
    return [
        lambda: world.promise(ledger, planned(9)),
        lambda: world.claim(ledger),
        lambda: ledger.record_heartbeat(NOON),
        lambda: ledger.save_adapter_value("mastodon", "name", "value"),
    ]


def looks(world: World, ledger: Ledger) -> list[Callable[[], object]]:
    """What would write if there were anything to do."""
    return [
        lambda: ledger.mark_missed(NOON),
        lambda: world.expire(ledger),
        lambda: ledger.resolve_delivery(key(1), State.SKIPPED, NOON),
    ]


def promise_much(world: World, ledger: Ledger) -> None:
    """Fill the ledger until something breaks, on another account."""
    for number in range(10, 2000):
        world.promise(ledger, planned(number, "x"))


def demand_intact(world: World, ledger: Ledger) -> None:
    """Two deliveries, one sent after the other, as if nothing had been."""
    seen = []
    while claims := world.claim(ledger):
        seen += [(claim.delivery.key, claim.delivery.attempts) for claim in claims]
        assert world.settle(ledger, *(settled(claim) for claim in claims)) == []
    assert seen == [(key(1), 1), (key(2), 1)]


# The disk.


def test_a_full_disk_is_named_and_loses_nothing(sqlite_world: World) -> None:
    ledger = sqlite_world.worker()
    sqlite_world.promise(ledger, planned(1), planned(2))
    ledger.close()

    def fill(connection: sqlite3.Connection, _record: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(ledger._engine, "connect", fill)
    with pytest.raises(LedgerUnavailable, match="the disk is full: free some space"):
        promise_much(sqlite_world, ledger)
    event.remove(ledger._engine, "connect", fill)
    ledger.close()
    demand_intact(sqlite_world, ledger)


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
        migrated(f"sqlite:///{tmp_path}/ledger.sqlite3")
        world = World(f"sqlite:///{tmp_path}/ledger.sqlite3")
        ledger = world.worker()
        world.promise(ledger, planned(1), planned(2))
        stuffing = tmp_path / "stuffing"
        with pytest.raises(OSError, match="No space left"):
            stuff(stuffing)
        with pytest.raises(LedgerUnavailable, match="disk is full: free some space"):
            promise_much(world, ledger)
        stuffing.unlink()
        demand_intact(world, ledger)
        world.close()


def stuff(file: Path) -> None:
    """Write until there is no space left."""
    with file.open("wb", 0) as stream:
        while True:
            stream.write(b"." * 512)


def test_a_sqlite_that_is_too_old_is_told_before_anything_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    told = r"brings SQLite 3\.34\.1, and the ledger needs 3\.35 or newer: use a newer Python"
    with pytest.raises(LedgerUnavailable, match=told):
        engine.open_engine("sqlite:///ledger.sqlite3")


def test_in_a_read_only_folder_nothing_is_written_but_everything_can_be_read(
    sqlite_world: World, state: Path
) -> None:
    ledger = sqlite_world.worker()
    sqlite_world.promise(ledger, planned(1), planned(2))
    ledger.close()
    assert [file.name for file in state.glob("ledger*")] == ["ledger.sqlite3"]
    visitor = sqlite_world.open()
    with ordinary_user():
        assert visitor.count_deliveries_by_state() == {State.DUE: 2}
        assert visitor.get_delivery(key(1)).state is State.DUE
        for write in writes(sqlite_world, visitor):
            with pytest.raises(LedgerUnavailable, match="read-only: make it writable"):
                write()
        with pytest.raises(LedgerUnavailable, match="cannot be written, so nothing is posted"):
            visitor.register_worker("1.0", NOON)
    visitor.close()
    demand_intact(sqlite_world, ledger)


def test_who_may_only_read_sees_what_a_worker_at_work_has_written(
    sqlite_world: World, state: Path
) -> None:
    ledger = sqlite_world.worker()
    sqlite_world.promise(ledger, planned(1))
    assert (state / "ledger.sqlite3-wal").exists()
    with ordinary_user():
        assert sqlite_world.open().count_deliveries_by_state() == {State.DUE: 1}


def test_a_ledger_cannot_be_made_in_a_read_only_folder(tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path}/state/ledger.sqlite3")
    with ordinary_user(), pytest.raises(LedgerUnavailable, match="set PERIHELION_STATE or DATABAS"):
        world.open().migrate(NOON)


@pytest.mark.parametrize("where", [0, 4096, 3 * 4096])
def test_a_damaged_file_is_named_and_never_taken_for_an_empty_one(
    sqlite_world: World, where: int
) -> None:
    ledger = sqlite_world.worker()
    sqlite_world.promise(ledger, *(planned(number) for number in range(1, 50)))
    sqlite_world.close()
    with ledger_file(sqlite_world).open("r+b") as file:
        file.seek(where)
        file.write(b"\xa5" * 30_000)
    with pytest.raises(LedgerUnavailable, match="the file is damaged: move it away"):
        sqlite_world.claim(ledger)
    with pytest.raises(LedgerUnavailable, match="the file is damaged"):
        ledger.list_deliveries()


def test_an_empty_file_is_no_ledger(sqlite_world: World) -> None:
    ledger_file(sqlite_world).write_bytes(b"")
    with pytest.raises(LedgerUnavailable, match=r"run `python bot\.py migrate`"):
        sqlite_world.worker()
    assert sqlite_world.open().get_version() is None


def test_a_ledger_that_was_taken_away_under_a_worker_is_not_written_to_any_more(
    sqlite_world: World,
) -> None:
    """Else it would go on in a file that nobody sees, and the next worker would post again."""
    ledger = sqlite_world.worker()
    sqlite_world.promise(ledger, planned(1), planned(2))
    for file in ledger_file(sqlite_world).parent.glob("ledger.sqlite3*"):
        file.unlink()
    with pytest.raises(LedgerUnavailable, match="was taken away under this program"):
        sqlite_world.claim(ledger)
    with pytest.raises(LedgerUnavailable, match="it is missing"):
        sqlite_world.claim(ledger)
    assert not ledger_file(sqlite_world).exists()


# Locks.


@pytest.mark.parametrize("kind", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_ledger_that_another_program_locks_is_given_up_soon_and_used_again_later(
    sqlite_world: World, kind: str
) -> None:
    sqlite_world.promise(sqlite_world.worker(), planned(1), planned(2))
    sqlite_world.url += "?timeout=0.2"
    ledger = sqlite_world.open("impatient")
    with closing(connect(sqlite_world.url.partition("?")[0])) as other:
        other.execute(f"BEGIN {kind}")
        started = time.monotonic()
        for write in writes(sqlite_world, ledger) + looks(sqlite_world, ledger):
            with pytest.raises(LedgerUnavailable, match="another program keeps it locked"):
                write()
        assert time.monotonic() - started < 7 * 2
        assert ledger.count_deliveries_by_state() == {State.DUE: 2}, "reading does not wait"
        other.execute("ROLLBACK")
    demand_intact(sqlite_world, ledger)


def test_an_account_that_another_program_locks_does_not_hold_up_the_others(
    postgres_world: World,
) -> None:
    world, ledger = postgres_world, postgres_world.worker()
    world.promise(ledger, planned(1), planned(2))
    world.promise(ledger, planned(1, "x"))
    event.listen(ledger._engine, "connect", _impatient)
    ledger._engine.dispose()
    with closing(connect(world.url)) as other:
        other.execute("SELECT 1 FROM accounts WHERE name = 'mastodon' FOR UPDATE")
        (claim,) = world.claim(ledger, accounts=("mastodon", "x"))
        assert claim.delivery.key.account == "x"
        assert world.expire(ledger) == []
        with pytest.raises(LedgerUnavailable, match="keeps its rows locked"):
            world.promise(ledger, planned(3))
    assert world.settle(ledger, settled(claim)) == []
    demand_intact(world, ledger)


def _impatient(connection: Any, _record: object) -> None:  # noqa: ANN401 - psycopg's
    connection.execute("SET lock_timeout = '200ms'")
    connection.commit()


# Connections.


def test_a_commit_is_on_disk_when_sqlite_says_so(sqlite_world: World) -> None:
    opened = engine.open_engine(sqlite_world.url)
    with engine.write_transaction(opened) as connection:
        held = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    opened.dispose()
    assert held == 2, "FULL, whatever this build of SQLite has for a default"


@pytest.mark.parametrize(
    ("wanted", "held"),
    [("off", "on"), ("local", "on"), ("on", "on"), ("remote_apply", "remote_apply")],
)
def test_a_commit_is_at_least_on_disk_and_on_the_standby_whatever_the_address_says(
    postgres_world: World, wanted: str, held: str
) -> None:
    url = f"{postgres_world.url}?options=-csynchronous_commit%3D{wanted}"
    opened = engine.open_engine(url)
    with engine.read_transaction(opened) as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == held
    opened.dispose()


def test_a_ledger_that_nobody_follows_has_no_lagging_standby(world: World) -> None:
    assert not world.worker().has_lagging_standby()


def test_a_ledger_does_not_move_from_one_kind_of_database_to_another(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1))
    other = "postgresql+psycopg://test@127.0.0.1:1/x" if world.sqlite else "sqlite:///other.sqlite3"
    with pytest.raises(LedgerUnavailable, match="it is another ledger: stop every worker first"):
        ledger.switch_database(other)
    assert ledger.count_deliveries_by_state() == {State.DUE: 1}, "it goes on where it is"


def test_a_connection_that_dies_in_a_transaction_undoes_it_and_the_next_one_works(
    postgres_world: World,
) -> None:
    world, ledger = postgres_world, postgres_world.worker()
    world.promise(ledger, planned(1), planned(2))

    def cut(delivery: Delivery) -> ClaimPrepared:
        world.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return send(delivery)

    with pytest.raises(LedgerUnavailable, match="tried again by itself"):
        world.claim(ledger, cut)
    assert ledger.count_deliveries_by_state() == {State.DUE: 2}
    demand_intact(world, ledger)


def test_a_connection_that_died_while_it_rested_is_not_even_noticed(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PING_AFTER_IDLE_SECONDS", 0)  # or the test would have to wait
    world, ledger = postgres_world, postgres_world.worker()
    world.promise(ledger, planned(1), planned(2))
    world.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    demand_intact(world, ledger)


@pytest.mark.parametrize("at_once", [False, True], ids=["stopped", "crashed"])
def test_a_server_that_goes_away_and_comes_back_is_used_again(
    server: PostgresServer, *, at_once: bool
) -> None:
    world = World(driver(server.create("ledger")).replace("test@", "test:s3cret@"))
    migrated(world.url)
    ledger = world.worker()
    world.promise(ledger, planned(1), planned(2))
    (claim,) = world.claim(ledger)
    server.stop(at_once=at_once)
    attempts = writes(world, ledger) + looks(world, ledger)
    attempts.append(lambda: world.settle(ledger, settled(claim)))
    for attempt in attempts:
        with pytest.raises(LedgerUnavailable, match="nothing is posted") as error:
            attempt()
        assert "s3cret" not in str(error.value)
    server.start()
    assert world.claim(ledger) == []
    assert world.settle(ledger, settled(claim)) == []
    (following,) = world.claim(ledger)
    assert (following.delivery.key, following.delivery.attempts) == (key(2), 1)
    world.close()


def test_a_connection_that_leads_to_a_standby_is_left(postgres_world: World) -> None:
    world, ledger = postgres_world, postgres_world.worker()
    world.promise(ledger, planned(1), planned(2))
    with ledger._engine.connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = on")
        connection.commit()
    with pytest.raises(LedgerUnavailable, match="the next one is looked for"):
        world.claim(ledger)
    demand_intact(world, ledger)


def test_a_commit_whose_answer_was_lost_sends_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1), planned(2))
    (claim,) = world.claim(ledger)
    dialect = ledger._engine.dialect
    commit = dialect.do_commit
    driver_error: type[Exception] = dialect.loaded_dbapi.OperationalError

    def lose_the_answer(connection: Any) -> None:  # noqa: ANN401 - either driver's
        commit(connection)
        raise driver_error("the answer was lost")

    with monkeypatch.context() as trouble:
        trouble.setattr(dialect, "do_commit", lose_the_answer)
        with pytest.raises(LedgerUnavailable, match="the answer was lost"):
            ledger.exchange([settled(claim)], world.terms(ledger), send, NOON)
    result = settled(claim)
    refused, claims = ledger.exchange([result], world.terms(ledger), send, NOON)
    assert (refused, claims) == ([result[1]], []), "a lost claim stands in the way, as it should"
    assert world.state(1) is State.SENT
    assert world.state(2) is State.SENDING
    world.expire(ledger)
    world.clocks.pass_(LEASE)
    world.let_lease_run_out(ledger)
    assert world.expire(ledger) == ["mastodon"]
    assert world.state(2) is State.UNKNOWN


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
    world = World(driver(postgres.url("nowhere")))
    with pytest.raises(LedgerUnavailable, match="names a database that is not there"):
        world.open().count_deliveries_by_state()


def test_the_tests_run_where_a_ledger_can_be_read_by_another_process(sqlite_world: World) -> None:
    """A worker killed with everything open leaves a ledger that the next one can use at once."""
    script = (
        "import os, sys\n"
        "from tests.fakes.ledgers import World, planned\n"
        "world = World(sys.argv[1])\n"
        "ledger = world.worker()\n"
        "world.promise(ledger, planned(1), planned(2))\n"
        "world.claim(ledger)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[3]
    killed = subprocess.run([sys.executable, "-c", script, sqlite_world.url], cwd=root, check=False)
    assert killed.returncode == -9
    ledger = sqlite_world.worker()
    assert sqlite_world.claim(ledger) == []
    assert sqlite_world.expire(ledger) == ["mastodon"], "at once: the kernel let go of its file"
    assert ledger.get_delivery(key(1)).state is State.UNKNOWN
