"""A folder may have any name, and its ledger is in it and nowhere else."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.sqlite import parse_sqlite_url
from perihelion.ledger.store import Ledger
from perihelion.service.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2027, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["100%", "a%41b", "what?", "a?b=c", "#1", "a b", "ü", "%3F", "a&b"]
)
def test_the_ledger_is_in_the_state_folder_whatever_that_is_called(
    tmp_path: Path, name: str
) -> None:
    settings = read_settings({"PERIHELION_STATE": str(tmp_path / name)})
    url = settings.database_url.reveal()
    ledger = Ledger(url, "worker", timedelta(minutes=2), lambda: NOW, time.monotonic)
    assert not ledger.exists()
    ledger.migrate(NOW)
    ledger.register_worker("1", NOW)
    ledger.close()
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "ledger.sqlite3").is_file()
    assert (tmp_path / name / "workers").is_dir()


def test_the_options_behind_the_file_are_still_read() -> None:
    url = parse_sqlite_url("sqlite:////var/what?/ledger.db?timeout=3")
    assert url is not None
    assert (url.database, dict(url.query)) == ("/var/what?/ledger.db", {"timeout": "3"})
    assert parse_sqlite_url("postgresql://host/db") is None
