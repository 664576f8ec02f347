"""What `doctor` says of the ledger, besides what the acceptance tests see of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger import sqlite
from perihelion.ledger.store import Ledger
from perihelion.model.errors import UsageError
from perihelion.service.commands.doctor import (
    MAX_CLOCK_DRIFT,
    Finding,
    run_doctor_checks,
    send_test_alert,
)
from perihelion.service.delivery_run import prepare_ledger
from perihelion.service.wiring import open_app
from perihelion.testing.http_server import FakeServer, Fault, Reply
from tests.fakes.busy_day import write_smallest_files
from tests.fakes.ordinary_user import as_ordinary_user

if TYPE_CHECKING:
    from collections.abc import Iterator

# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder with a ledger; others may look into it."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "state"
        folder.parent.chmod(0o755)
        write_smallest_files(folder.parent, ["local", "mastodon"])
        prepare_ledger(open_app(make_environ(folder))).close()
        for one in (folder, *folder.rglob("*")):
            one.chmod(0o755 if one.is_dir() else 0o644)
        yield folder


@pytest.fixture
def pager() -> Iterator[FakeServer]:
    """Where alerts go to."""
    server = FakeServer(lambda _request: Reply(200, {}))
    yield server
    server.close()


def address_of(server: FakeServer) -> str:
    return server.url.replace("http://", "json://") + "/hunter22 "


def make_environ(state: Path) -> dict[str, str]:
    """The settings of the small installation whose state folder this is."""
    schedule = str(state.parent / "schedule.yaml")
    templates = str(state.parent / "templates")
    return {
        "PERIHELION_STATE": str(state),
        "PERIHELION_SCHEDULE": schedule,
        "PERIHELION_TEMPLATES": templates,
    }


def ledger_finding(state: Path, **environ: str) -> Finding:
    findings = run_doctor_checks(make_environ(state) | environ)
    (found,) = [finding for finding in findings if finding.subject == "ledger"]
    return found


def test_a_ledger_that_is_well_says_its_version_and_its_birth(state: Path) -> None:
    found = ledger_finding(state)
    assert found.ok
    assert len(found.details) == 1


def test_a_ledger_that_cannot_be_written_is_a_finding(state: Path) -> None:
    with as_ordinary_user():
        found = ledger_finding(state)
    assert not found.ok
    assert "cannot be written, so nothing is posted" in found.details[0]


def test_a_ledger_that_cannot_be_looked_at_is_a_finding_and_not_taken_for_none(state: Path) -> None:
    state.chmod(0o700)
    with as_ordinary_user():
        found = ledger_finding(state)
    assert not found.ok
    assert "cannot be accessed, so nothing is posted" in found.details[0]


def test_a_folder_in_which_no_ledger_can_be_made_is_a_finding(state: Path) -> None:
    with as_ordinary_user():
        found = ledger_finding(state, PERIHELION_STATE=str(state / "another"))
    assert not found.ok
    assert "cannot be written, so nothing is posted" in found.details[0]
    assert not (state / "another").exists()


def test_a_ledger_that_another_program_locks_is_a_finding(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_SECONDS", 0.05)
    with closing(sqlite3.connect(state / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        found = ledger_finding(state)
    assert not found.ok
    assert "another program keeps it locked" in found.details[0]
    assert ledger_finding(state).ok


def test_a_database_whose_clock_is_far_from_ours_is_a_finding(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = 2 * MAX_CLOCK_DRIFT + timedelta(seconds=1)
    monkeypatch.setattr(Ledger, "get_server_time", lambda self: self.wall_clock() + ahead)
    found = ledger_finding(state)
    assert not found.ok
    assert "set this machine's clock" in found.details[-1]


def test_a_standby_that_may_lag_is_told_and_is_no_failure(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "has_lagging_standby", lambda _self: True)
    found = ledger_finding(state)
    assert found.ok
    assert "set synchronous_standby_names" in found.details[-1]


def find_finding(environ: dict[str, str], subject: str) -> Finding | None:
    found = [one for one in run_doctor_checks(environ) if one.subject == subject]
    return found[0] if found else None


def test_a_misspelt_variable_is_a_warning_and_no_failure(state: Path) -> None:
    environ = make_environ(state)
    assert find_finding(environ, "environment") is None
    found = find_finding(environ | {"MASTODN_TOKEN": "x"}, "environment")
    assert found is not None
    assert (found.ok, found.warning) == (True, True)
    assert "did you mean MASTODON_TOKEN?" in found.details[0]


def test_alerts_are_proved_as_far_as_that_goes_without_sending_one(
    state: Path, pager: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    environ = make_environ(state)
    none = find_finding(environ, "alerts")
    assert none == Finding("alerts", ok=True, details=("PERIHELION_ALERTS is not set",))
    two = find_finding(environ | {"PERIHELION_ALERTS": address_of(pager) * 2}, "alerts")
    assert two is not None
    assert (two.ok, two.details[0][:12]) == (True, "2 addresses;")
    wrong = f"{address_of(pager)} nosuch://hunter22"
    bad = find_finding(environ | {"PERIHELION_ALERTS": wrong}, "alerts")
    assert bad is not None
    assert not bad.ok
    assert "address 2, nosuch" in bad.details[0]
    assert "hunter22" not in bad.details[0]
    assert "hunter22" not in caplog.text, "nor does Apprise's own log show it"
    assert pager.requests == []


def test_a_test_alert_says_which_addresses_have_taken_it(pager: FakeServer) -> None:
    pager.break_next(Fault(Reply(500)), lambda _request: True)
    found = send_test_alert({"PERIHELION_ALERTS": address_of(pager) * 2})
    assert not found.ok
    assert found.details == ("address 1, json: not sent", "address 2, json: sent")
    assert [request.json["title"] for request in pager.requests] == ["Perihelion: a test"] * 2
    assert send_test_alert({"PERIHELION_ALERTS": address_of(pager)}).ok


def test_a_test_alert_without_an_address_is_a_failure() -> None:
    assert send_test_alert({}).details == ("PERIHELION_ALERTS is not set",)
    assert not send_test_alert({}).ok
    assert not send_test_alert({"PERIHELION_ALERTS": "nosuch://x"}).ok


def test_one_account_can_be_tested_alone(state: Path) -> None:
    (found,) = run_doctor_checks(make_environ(state), "local")
    assert (found.subject, found.ok) == ("account local", True)


def test_one_account_is_tested_alone_whatever_is_wrong_with_another_one(state: Path) -> None:
    environ = make_environ(state) | {"MASTODON_URL": "no address"}
    (found,) = run_doctor_checks(environ, "local")
    assert (found.subject, found.ok) == ("account local", True)
    (refused,) = run_doctor_checks(environ, "mastodon")
    assert (refused.subject, refused.ok) == ("settings and schedule", False)


def test_an_account_that_is_off_fails_when_it_is_asked_for(state: Path) -> None:
    (found,) = run_doctor_checks(make_environ(state), "mastodon")
    assert not found.ok
    assert found.details[0].startswith("off: ")


def test_an_unknown_account_is_wrong_usage_with_the_nearest_name(state: Path) -> None:
    with pytest.raises(UsageError, match="did you mean `mastodon`"):
        run_doctor_checks(make_environ(state), "mastodn")


def test_a_damaged_file_is_a_finding_even_where_its_first_pages_are_well(state: Path) -> None:
    file = state / "ledger.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = ledger.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'deliveries'"
        ).fetchone()
    with file.open("r+b") as opened:
        opened.seek((root - 1) * 4096)
        opened.write(b"\xff" * 64)
    found = ledger_finding(state)
    assert not found.ok
    assert "damaged" in found.details[0]
    assert "bot.py recover" in found.details[0]
