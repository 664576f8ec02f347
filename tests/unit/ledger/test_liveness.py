"""Who is still there: by locked files on one machine, by leases between machines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.liveness import KEPT_SECONDS, LeaseLiveness, LockFileLiveness
from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class ManualSeconds:
    """Steady seconds, in the test's hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def manual_seconds() -> ManualSeconds:
    return ManualSeconds()


@pytest.fixture
def worker(tmp_path: Path, manual_seconds: ManualSeconds) -> Callable[[str], LockFileLiveness]:
    """Makes a worker that has a lease of a minute."""
    return lambda name: LockFileLiveness(tmp_path / "workers", name, 60.0, manual_seconds)


def account_row(holder: str, name: str = "mastodon", fence: int = 1) -> dict[str, object]:
    return {"name": name, "holder": holder, "fence": fence}


def test_who_has_entered_is_there_and_who_has_left_is_not(
    worker: Callable[[str], LockFileLiveness],
) -> None:
    first, second = worker("first"), worker("second")
    first.register_worker()
    assert second.list_abandoned_accounts([account_row("first")]) == []
    first.unregister_worker()
    assert second.list_abandoned_accounts([account_row("first")]) == ["mastodon"]
    first.unregister_worker()


def test_a_missing_file_proves_nothing_before_the_lease_is_over(
    worker: Callable[[str], LockFileLiveness], manual_seconds: ManualSeconds
) -> None:
    second = worker("second")
    assert second.list_abandoned_accounts([account_row("nobody")]) == []
    manual_seconds.seconds = 60.0
    assert second.list_abandoned_accounts([account_row("nobody")]) == ["mastodon"]


def test_the_files_of_workers_that_are_long_gone_are_taken_away_at_a_start(
    worker: Callable[[str], LockFileLiveness], tmp_path: Path
) -> None:
    names = ("dead", "alive", "dead-lately")
    workers = {name: worker(name) for name in names}
    for one in workers.values():
        one.register_worker()
    for name in ("dead", "dead-lately"):
        own_lock = workers[name]._own_lock
        assert own_lock is not None
        own_lock.release()  # what the kernel does at a kill
    files = {name: tmp_path / "workers" / f"{name}.lock" for name in names}
    long_ago = files["dead"].stat().st_mtime - KEPT_SECONDS - 60
    for name in ("dead", "alive"):
        os.utime(files[name], (long_ago, long_ago))
    second = worker("second")
    assert second.list_abandoned_accounts([account_row("dead")]) == ["mastodon"]
    second.register_worker()
    assert [name for name, file in files.items() if file.exists()] == ["alive", "dead-lately"]


def test_a_worker_is_there_to_itself(worker: Callable[[str], LockFileLiveness]) -> None:
    first = worker("first")
    first.register_worker()
    first.register_worker()
    assert first.list_abandoned_accounts([account_row("first")]) == []
    first.unregister_worker()


def test_who_is_stuck_on_one_claim_is_given_up_after_the_lease_and_not_before(
    worker: Callable[[str], LockFileLiveness], manual_seconds: ManualSeconds
) -> None:
    first, second = worker("first"), worker("second")
    first.register_worker()
    assert second.list_abandoned_accounts([account_row("first")]) == []
    manual_seconds.seconds = 59.0
    assert (
        second.list_abandoned_accounts([account_row("first"), account_row("first", "x", 7)]) == []
    )
    manual_seconds.seconds = 60.0
    assert second.list_abandoned_accounts([account_row("first"), account_row("first", "x", 7)]) == [
        "mastodon"
    ]
    assert second.list_abandoned_accounts([account_row("first", fence=2)]) == [], (
        "it went on to another claim meanwhile"
    )
    first.unregister_worker()


def test_a_folder_that_cannot_be_made_is_told_to_a_person(
    tmp_path: Path, manual_seconds: ManualSeconds
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(LedgerUnavailable, match="cannot be written, so nothing is posted"):
        LockFileLiveness(
            tmp_path / "file" / "workers", "first", 60.0, manual_seconds
        ).register_worker()


def test_two_workers_of_one_name_do_not_both_enter(
    worker: Callable[[str], LockFileLiveness],
) -> None:
    first = worker("first")
    first.register_worker()
    with pytest.raises(LedgerUnavailable):
        worker("first").register_worker()
    first.unregister_worker()


def test_a_lease_is_over_when_the_database_says_so() -> None:
    leases = LeaseLiveness()
    leases.register_worker()
    rows = [{"name": "mastodon", "over": True}, {"name": "x", "over": False}]
    assert leases.list_abandoned_accounts(rows) == ["mastodon"]
    leases.unregister_worker()
