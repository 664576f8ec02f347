"""Who is still there: by locked files on one machine, by leases between machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.liveness import Leases, LockedFiles
from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Watch:
    """Steady seconds, in the test's hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def worker(tmp_path: Path, watch: Watch) -> Callable[[str], LockedFiles]:
    """Makes a worker that has a lease of a minute."""
    return lambda name: LockedFiles(tmp_path / "workers", name, 60.0, watch)


def row(holder: str, name: str = "mastodon", fence: int = 1) -> dict[str, object]:
    return {"name": name, "holder": holder, "fence": fence}


def test_who_has_entered_is_there_and_who_has_left_is_not(
    worker: Callable[[str], LockedFiles],
) -> None:
    first, second = worker("first"), worker("second")
    first.enter()
    assert second.gone([row("first")]) == []
    first.leave()
    assert second.gone([row("first")]) == ["mastodon"]
    first.leave()


def test_who_never_entered_is_gone(worker: Callable[[str], LockedFiles]) -> None:
    assert worker("second").gone([row("nobody")]) == ["mastodon"]


def test_a_dead_workers_file_is_taken_away(
    worker: Callable[[str], LockedFiles], tmp_path: Path
) -> None:
    first, second = worker("first"), worker("second")
    first.enter()
    assert first._own is not None
    first._own.release()  # what the kernel does at a kill
    assert second.gone([row("first")]) == ["mastodon"]
    assert list((tmp_path / "workers").iterdir()) == []


def test_a_worker_is_there_to_itself(worker: Callable[[str], LockedFiles]) -> None:
    first = worker("first")
    first.enter()
    first.enter()
    assert first.gone([row("first")]) == []
    first.leave()


def test_who_is_stuck_on_one_claim_is_given_up_after_the_lease_and_not_before(
    worker: Callable[[str], LockedFiles], watch: Watch
) -> None:
    first, second = worker("first"), worker("second")
    first.enter()
    assert second.gone([row("first")]) == []
    watch.seconds = 59.0
    assert second.gone([row("first"), row("first", "x", 7)]) == []
    watch.seconds = 60.0
    assert second.gone([row("first"), row("first", "x", 7)]) == ["mastodon"]
    assert second.gone([row("first", fence=2)]) == [], "it went on to another claim meanwhile"
    first.leave()


def test_a_folder_that_cannot_be_made_is_told_to_a_person(tmp_path: Path, watch: Watch) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(LedgerUnavailable, match="cannot be written, so nothing is posted"):
        LockedFiles(tmp_path / "file" / "workers", "first", 60.0, watch).enter()


def test_two_workers_of_one_name_do_not_both_enter(worker: Callable[[str], LockedFiles]) -> None:
    first = worker("first")
    first.enter()
    with pytest.raises(LedgerUnavailable):
        worker("first").enter()
    first.leave()


def test_a_lease_is_over_when_the_database_says_so() -> None:
    leases = Leases()
    leases.enter()
    rows = [{"name": "mastodon", "over": True}, {"name": "x", "over": False}]
    assert leases.gone(rows) == ["mastodon"]
    leases.leave()
