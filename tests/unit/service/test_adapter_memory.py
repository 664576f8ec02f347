"""What adapters keep in the ledger, and who can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.base import Secret
from perihelion.service.adapter_memory import EncryptedMemory, LazyLedger
from tests.fakes.ledger_testbed import LedgerTestbed

if TYPE_CHECKING:
    from pathlib import Path

VALUES = {"HANDLE": Secret("year.example"), "PASSWORD": Secret("correct horse")}


def test_what_is_put_is_got_back_after_a_restart(sqlite_testbed: LedgerTestbed) -> None:
    EncryptedMemory(sqlite_testbed.open_worker(), "bluesky", VALUES).put(
        "session", "a refreshed token 🚀"
    )
    again = EncryptedMemory(sqlite_testbed.open_worker(), "bluesky", dict(reversed(VALUES.items())))
    assert again.get("session") == "a refreshed token 🚀"


def test_the_last_value_wins(sqlite_testbed: LedgerTestbed) -> None:
    memory = EncryptedMemory(sqlite_testbed.open_worker(), "bluesky", VALUES)
    memory.put("session", "old")
    memory.put("session", "new")
    assert memory.get("session") == "new"


def test_what_was_never_put_is_none(sqlite_testbed: LedgerTestbed) -> None:
    assert EncryptedMemory(sqlite_testbed.open_worker(), "bluesky", VALUES).get("session") is None


def test_a_reader_of_the_database_learns_nothing(sqlite_testbed: LedgerTestbed) -> None:
    EncryptedMemory(sqlite_testbed.open_worker(), "bluesky", VALUES).put(
        "session", "a refreshed token"
    )
    kept = str(sqlite_testbed.dump_tables()["memory"])
    assert "session" in kept
    assert "refreshed" not in kept
    assert "correct horse" not in kept


def test_equal_values_do_not_look_equal(sqlite_testbed: LedgerTestbed) -> None:
    memory = EncryptedMemory(sqlite_testbed.open_worker(), "bluesky", VALUES)
    memory.put("one", "the same")
    memory.put("two", "the same")
    one, two = sqlite_testbed.dump_tables()["memory"]
    assert one[2] != two[2]


def test_with_a_changed_secret_it_is_forgotten_and_can_be_put_anew(
    sqlite_testbed: LedgerTestbed,
) -> None:
    EncryptedMemory(sqlite_testbed.open_worker(), "bluesky", VALUES).put("session", "old")
    changed = VALUES | {"PASSWORD": Secret("another horse")}
    memory = EncryptedMemory(sqlite_testbed.open_worker(), "bluesky", changed)
    assert memory.get("session") is None
    memory.put("session", "new")
    assert memory.get("session") == "new"


def test_accounts_with_the_same_secret_cannot_read_each_other(
    sqlite_testbed: LedgerTestbed,
) -> None:
    ledger = sqlite_testbed.open_worker()
    EncryptedMemory(ledger, "one", VALUES).put("session", "mine")
    sqlite_testbed.execute_sql("UPDATE memory SET account = 'two'")
    assert EncryptedMemory(ledger, "two", VALUES).get("session") is None


def test_a_ledger_to_be_is_made_only_when_there_is_something_to_keep(tmp_path: Path) -> None:
    file = tmp_path / "state" / "ledger.sqlite3"
    testbed = LedgerTestbed(f"sqlite:///{file}")
    ledger = testbed.open_ledger()
    memory = EncryptedMemory(LazyLedger(ledger, testbed.clocks.wall_time), "bluesky", VALUES)
    assert memory.get("session") is None
    assert not file.parent.exists()
    memory.put("session", "new")
    assert memory.get("session") == "new"
    assert EncryptedMemory(ledger, "bluesky", VALUES).get("session") == "new"
    testbed.close()
