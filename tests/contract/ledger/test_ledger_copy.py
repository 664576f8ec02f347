"""A ledger copied to the other kind of database, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.ledger_copy import copy_ledger
from perihelion.model.corrections import Means
from perihelion.model.errors import LedgerNotCopied, LedgerVersionMismatch
from tests.fakes.database_fixtures import next_database_name, to_driver_url
from tests.fakes.ledger_testbed import (
    DAY,
    MINUTE,
    NOON,
    LedgerTestbed,
    make_delivery_post,
    make_key,
    make_planned,
    make_result,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fakes.postgres import PostgresServer

LATER = NOON + 2 * DAY
"""By then, no worker of these tests has shown itself for long."""


@pytest.fixture
def target(empty_url: str) -> Iterator[LedgerTestbed]:
    """An empty database of each kind."""
    testbed = LedgerTestbed(empty_url)
    yield testbed
    testbed.close()


def fill_ledger(testbed: LedgerTestbed) -> None:
    """Something in every table, as a worker leaves it that was stopped in good order."""
    worker = testbed.open_worker()
    worker.register_accounts({"mastodon": "mastodon", "local": "local"}, NOON)
    testbed.promise_deliveries(worker, *map(make_planned, range(1, 4)))
    (claim,) = testbed.claim_deliveries(worker)
    testbed.settle_claims(worker, make_result(claim))
    worker.pause_account("local", NOON, NOON + DAY)
    worker.save_adapter_value("mastodon", "session", "ü\U0001f680")
    post = make_delivery_post(worker.get_delivery(make_key(1)))
    worker.begin_correction(make_key(1), Means.EDIT, "before", post, NOON)
    worker.unregister_worker(NOON + timedelta(microseconds=1))


def new_file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'new.sqlite3'}"


def test_a_copy_holds_everything_and_is_a_ledger_to_work_with(
    sqlite_testbed: LedgerTestbed, postgres: PostgresServer, tmp_path: Path
) -> None:
    fill_ledger(sqlite_testbed)
    target = LedgerTestbed(to_driver_url(postgres.create_database(next_database_name())))
    copied = copy_ledger(sqlite_testbed.url, target.url, LATER)
    assert {one.name: one.rows for one in copied if one.rows} == {
        "accounts": 2,
        "corrections": 1,
        "deliveries": 3,
        "history": 6,
        "memory": 1,
        "meta": 1,
        "pauses": 1,
        "workers": 1,
    }
    assert copy_ledger(target.url, new_file(tmp_path), LATER) == copied
    before, worker = sqlite_testbed.ledgers[0], target.open_worker()
    assert worker.get_delivery(make_key(1)) == before.get_delivery(make_key(1))
    assert worker.list_history(make_key(1)) == before.list_history(make_key(1))
    assert target.claim_deliveries(worker), "its history goes on"
    worker.pause_account("mastodon", LATER, None)
    target.close()


def test_a_ledger_in_use_is_not_copied(testbed: LedgerTestbed, tmp_path: Path) -> None:
    fill_ledger(testbed)
    worker = testbed.open_worker()
    with pytest.raises(LedgerNotCopied, match=rf"a worker may be running \({worker.worker}"):
        copy_ledger(testbed.url, new_file(tmp_path), NOON - MINUTE)
    assert testbed.claim_deliveries(worker)
    testbed.kill_worker(worker)
    with pytest.raises(LedgerNotCopied, match="in the middle of a request for mastodon"):
        copy_ledger(testbed.url, new_file(tmp_path), LATER)
    assert not (tmp_path / "new.sqlite3").exists()


def test_a_worker_whose_process_lives_uses_its_sqlite_file_however_long_it_has_been_silent(
    sqlite_testbed: LedgerTestbed, tmp_path: Path
) -> None:
    sqlite_testbed.open_worker()
    with pytest.raises(LedgerNotCopied, match="a worker may be running"):
        copy_ledger(sqlite_testbed.url, new_file(tmp_path), LATER)


def test_nothing_is_copied_over_a_ledger_or_from_what_is_none(
    testbed: LedgerTestbed, sqlite_testbed: LedgerTestbed, empty_url: str, tmp_path: Path
) -> None:
    with pytest.raises(LedgerNotCopied, match="is not empty"):
        copy_ledger(sqlite_testbed.url, testbed.url, LATER)
    with pytest.raises(LedgerNotCopied, match="holds no ledger"):
        copy_ledger(empty_url, new_file(tmp_path), LATER)


def test_every_program_refuses_a_copy_that_was_not_finished(
    sqlite_testbed: LedgerTestbed, target: LedgerTestbed
) -> None:
    fill_ledger(sqlite_testbed)
    sqlite_testbed.execute_sql("UPDATE workers SET beat_at = 'yesterday'")
    with pytest.raises(LedgerNotCopied, match=r"the table workers .* cannot be read"):
        copy_ledger(sqlite_testbed.url, target.url, LATER)
    ledger = target.open_ledger()
    for use in (ledger.require_current_version, lambda: ledger.migrate(NOON), target.open_worker):
        with pytest.raises(LedgerVersionMismatch, match="a copy that was not finished"):
            use()
    with pytest.raises(LedgerNotCopied, match="is not empty"):
        copy_ledger(sqlite_testbed.url, target.url, LATER)
