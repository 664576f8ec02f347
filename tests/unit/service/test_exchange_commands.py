"""`export`, `import`, `propose`, `calendar` and `ledger copy`, as they are typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.model.errors import ConfigurationError, LedgerNotCopied, UsageError
from perihelion.service.commands import calendar, export, import_events, ledger, migrate, propose
from perihelion.service.settings import read_ledger_address

if TYPE_CHECKING:
    from pathlib import Path

    import click

SCHEDULE = """\
missions:
  - id: apollo-11
    name: Apollo 11
    events:
      - {id: landing, at: 1969-07-20T20:17:40Z, title: Apollo 11 lands, sources: a log}
"""


@pytest.fixture
def schedule(tmp_path: Path) -> str:
    file = tmp_path / "schedule.yaml"
    file.write_text(SCHEDULE, encoding="utf-8")
    return str(file)


def run(command: click.Command, *arguments: str) -> tuple[bytes, str]:
    """What a command writes to its two streams. Raises what it raises."""
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout_bytes, done.stderr


def test_what_is_exported_can_be_imported_elsewhere_and_is_left_out_at_home(
    schedule: str, tmp_path: Path
) -> None:
    table, drafts, empty = tmp_path / "e.csv", tmp_path / "drafts.yaml", tmp_path / "empty.yaml"
    empty.write_text("missions: []\n", encoding="utf-8")
    run(export.command, "csv", "--schedule", schedule, "--output", str(table))
    _, told = run(import_events.command, "csv", str(table), "--schedule", schedule)
    assert "left out, as it is in the schedule already: apollo-11/landing" in told
    into = ["csv", str(table), "--schedule", str(empty), "--output", str(drafts)]
    _, told = run(import_events.command, *into)
    assert told.startswith("1 draft, 0 with a warning.")
    assert drafts.read_text(encoding="utf-8").count("- id: landing") == 1
    with pytest.raises(UsageError, match="exists already; name a new file"):
        run(import_events.command, *into)


def test_nothing_is_written_if_anything_is_wrong(schedule: str, tmp_path: Path) -> None:
    table, drafts = tmp_path / "e.csv", tmp_path / "drafts.yaml"
    table.write_text("mission,at,title,sources\nm,1969-02-30,Title,s\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="row 2: at: "):
        run(
            *(import_events.command, "csv", str(table), "--schedule", schedule),
            *("--output", str(drafts)),
        )
    assert not drafts.exists()


def test_exports_go_to_stdout_and_feeds_need_the_website_s_address(
    schedule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (event,) = json.loads(run(export.command, "json", "--schedule", schedule)[0])
    assert (event["mission"], event["id"]) == ("apollo-11", "landing")
    calendar_file, _ = run(export.command, "ics", "--alarm", "12h", "--schedule", schedule)
    assert b"\r\nTRIGGER:-PT12H\r\n" in calendar_file
    with pytest.raises(UsageError, match="set PERIHELION_SITE"):
        run(export.command, "atom", "--schedule", schedule)
    monkeypatch.setenv("PERIHELION_SITE", "https://example.org")
    feed = json.loads(run(export.command, "json-feed", "--schedule", schedule)[0])
    assert feed["feed_url"] == "https://example.org/feeds/en.json"
    for wrong in (["ics", "--language", "fr"], ["csv", "--mission", "apollo-12"]):
        with pytest.raises(UsageError):
            run(export.command, *wrong, "--schedule", schedule)


def test_a_list_is_proposed_since_a_month(schedule: str, tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    rows = [{"date": f"{day}T00:00:00Z", "itemLabel": "It flew"} for day in ("2024-01-02", "2025")]
    file.write_text(json.dumps([*rows[:1], {**rows[0], "date": "2025-11-02"}]), encoding="utf-8")
    options = [str(file), "--schedule", schedule, "--since"]
    _, told = run(propose.command, *options, "2025-11")
    assert "an event needs `sources`" in told, "the query did not ask for `item`"
    assert "left out: 1 (before 2025-11-01)" in told
    with pytest.raises(UsageError, match="such as 2025-11"):
        run(propose.command, *options, "November")


def test_a_year_is_shown_as_text_json_and_a_page(schedule: str, tmp_path: Path) -> None:
    assert b"2027: 1 event, 1 post" in run(calendar.command, "2027", "--schedule", schedule)[0]
    days = json.loads(run(calendar.command, "2028", "--json", "--schedule", schedule)[0])
    assert [one["day"] for one in days if one["events"]] == ["2028-07-20"]
    page = tmp_path / "year.html"
    run(calendar.command, "2027", "--html", str(page), "--schedule", schedule)
    assert "Apollo 11 lands (58 years, importance 3)" in page.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="there is no account 'x-de'"):
        run(calendar.command, "--account", "x-de", "--schedule", schedule)


def test_a_ledger_is_copied_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(migrate.command, "--state", str(tmp_path))
    monkeypatch.setenv("NEW_LEDGER", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    shown, _ = run(ledger.command, "copy", str(tmp_path / "ledger.sqlite3"), "NEW_LEDGER")
    assert b"read them back, and found them equal." in shown
    assert (tmp_path / "new.sqlite3").stat().st_mode & 0o777 == 0o600
    with pytest.raises(LedgerNotCopied, match="is not empty"):
        run(ledger.command, "copy", str(tmp_path / "ledger.sqlite3"), "NEW_LEDGER")
    with pytest.raises(UsageError, match="neither a variable"):
        read_ledger_address("OLD_LEDGER", {})
