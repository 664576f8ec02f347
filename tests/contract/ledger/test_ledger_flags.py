"""A flag is set once, whoever sets it: alerts and audits depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.ledger_testbed import LedgerTestbed


def test_only_the_first_who_sets_a_flag_learns_that_it_was_new(testbed: LedgerTestbed) -> None:
    one, other = testbed.open_worker(), testbed.open_worker()
    assert one.set_flag_once("alert:held:x;")
    assert not other.set_flag_once("alert:held:x;")
    assert other.set_flag_once("alert:held:y;")
    assert one.list_flags("alert:") == {"alert:held:x;", "alert:held:y;"}


def test_a_cleared_flag_can_be_set_again_and_the_others_stay(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    assert all(ledger.set_flag_once(name) for name in ("alert:stopped:a;", "alert:held:x;"))
    ledger.clear_flags("alert:stopped:", set())
    assert ledger.list_flags("alert:") == {"alert:held:x;"}
    assert ledger.set_flag_once("alert:stopped:a;")
