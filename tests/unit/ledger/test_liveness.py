"""Who is still there: by locked files on one machine, by leases between machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.liveness import LeaseLiveness, LockFileLiveness
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


def test_who_never_entered_is_gone(worker: Callable[[str], LockFileLiveness]) -> None:
    assert worker("second").list_abandoned_accounts([account_row("nobody")]) == ["mastodon"]


def test_a_dead_workers_file_is_taken_away(
    worker: Callable[[str], LockFileLiveness], tmp_path: Path
) -> None:
    first, second = worker("first"), worker("second")
    first.register_worker()
    assert first._own_lock is not None
    first._own_lock.release()  # what the kernel does at a kill
    assert second.list_abandoned_accounts([account_row("first")]) == ["mastodon"]
    assert list((tmp_path / "workers").iterdir()) == []


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
