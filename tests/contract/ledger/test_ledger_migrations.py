"""Migrations: every ledger there ever was becomes this program's, once, whoever asks for it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from perihelion.ledger import migrate as migrations
from perihelion.ledger.engine import open_engine, read_transaction, write_transaction
from perihelion.ledger.migrate import HEAD
from perihelion.ledger.tables import METADATA
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerUnavailable, LedgerVersionMismatch
from tests.fakes.ledger_testbed import (
    NOON,
    LedgerTestbed,
    exchange_with_ledger,
    make_key,
    make_planned,
    make_result,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


def script_directory() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "perihelion" / "ledger" / "migrations"))
    return ScriptDirectory.from_config(config)


REVISIONS = [revision.revision for revision in script_directory().walk_revisions()]


@pytest.fixture
def unmigrated_testbed(empty_url: str) -> Iterator[LedgerTestbed]:
    """A database without a ledger."""
    testbed = LedgerTestbed(empty_url)
    yield testbed
    testbed.close()


def test_the_program_is_written_for_the_newest_revision() -> None:
    assert script_directory().get_heads() == [HEAD]
    assert sorted(REVISIONS) == list(reversed(REVISIONS)), "versions are compared as text"


def test_a_new_ledger_has_exactly_the_tables_that_the_program_names(
    unmigrated_testbed: LedgerTestbed,
) -> None:
    assert unmigrated_testbed.open_ledger().migrate(NOON) == (None, HEAD)
    with read_transaction(unmigrated_testbed._engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_ledger_of_any_version_comes_to_the_newest(
    unmigrated_testbed: LedgerTestbed, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as past:
        past.setattr(migrations, "HEAD", revision)
        unmigrated_testbed.open_ledger().migrate(NOON)
    ledger = unmigrated_testbed.open_ledger()
    assert ledger.get_version() == revision
    assert ledger.migrate(NOON)[1] == HEAD
    ledger.require_current_version()
    unmigrated_testbed.promise_deliveries(unmigrated_testbed.open_worker(), make_planned(1))
    assert ledger.count_deliveries_by_state() == {State.DUE: 1}


def test_ten_processes_that_make_the_ledger_at_once_make_one(
    unmigrated_testbed: LedgerTestbed,
) -> None:
    command = [sys.executable, "-m", "tests.fakes.ledger_worker", unmigrated_testbed.url]
    processes = [
        subprocess.Popen(
            [*command, f"worker-{n}", "--migrate", "--idle"],
            stderr=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        for n in range(10)
    ]
    errors = [process.communicate(timeout=90)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 10, errors
    tables = unmigrated_testbed.dump_tables()
    assert len(tables["workers"]) == 10
    assert [row.name for row in tables["meta"]] == ["born_at"]


def test_threads_that_make_the_ledger_at_once_make_one(unmigrated_testbed: LedgerTestbed) -> None:
    ledgers = [unmigrated_testbed.open_ledger() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert {after for _, after in pool.map(lambda one: one.migrate(NOON), ledgers)} == {HEAD}


def test_before_a_ledger_is_made_nothing_is_asked_of_it_and_no_file_appears(
    unmigrated_testbed: LedgerTestbed,
) -> None:
    ledger = unmigrated_testbed.open_ledger()
    assert ledger.get_version_or_none() is None
    with pytest.raises(LedgerUnavailable, match=r"run `python bot\.py migrate`"):
        ledger.count_deliveries_by_state()
    with pytest.raises(LedgerUnavailable, match=r"run `python bot\.py migrate`"):
        unmigrated_testbed.claim_deliveries(ledger)
    if unmigrated_testbed.is_sqlite:
        assert not ledger.exists()
        file = Path(unmigrated_testbed.url.removeprefix("sqlite:///"))
        assert list(file.parent.parent.iterdir()) == []


def test_a_ledger_from_the_future_is_refused_and_left_as_it_is(testbed: LedgerTestbed) -> None:
    testbed.execute_sql("UPDATE alembic_version SET version_num = '9999'")
    ledger = testbed.open_ledger()
    for attempt in (
        lambda: ledger.migrate(NOON),
        ledger.require_current_version,
        lambda: ledger.register_worker("1.0", NOON),
        lambda: testbed.claim_deliveries(ledger),
        lambda: testbed.promise_deliveries(ledger, make_planned(1)),
    ):
        with pytest.raises(LedgerVersionMismatch, match="deploy the newer version everywhere"):
            attempt()
    assert ledger.get_version() == "9999"
    assert testbed.dump_tables()["workers"] == []


def test_a_worker_stops_once_a_newer_program_has_migrated_its_ledger(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.execute_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerVersionMismatch):
        exchange_with_ledger(ledger, [make_result(claim)], testbed.make_request())
    testbed.execute_sql("UPDATE alembic_version SET version_num = :head", head=HEAD)
    assert ledger.get_delivery(make_key(1)).state is State.SENDING
    assert ledger.get_delivery(make_key(2)).state is State.DUE


def test_an_older_ledger_is_told_to_be_migrated(testbed: LedgerTestbed) -> None:
    testbed.execute_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(LedgerVersionMismatch, match=r"run `python bot\.py migrate`"):
        testbed.claim_deliveries(testbed.open_ledger())


def test_a_migration_waits_for_the_program_that_is_writing(testbed: LedgerTestbed) -> None:
    """Else the program could go on, after its look at the version, with tables it does not know."""
    engine = open_engine(testbed.url + ("?timeout=0.1" if testbed.is_sqlite else ""))

    def start_to_migrate() -> None:
        with write_transaction(engine) as connection:
            if not testbed.is_sqlite:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            migrations._lock_out_other_programs(connection)

    with (
        testbed.open_ledger()._write(),
        pytest.raises(LedgerUnavailable, match="locked: close it"),
    ):
        start_to_migrate()
    start_to_migrate()
    engine.dispose()
