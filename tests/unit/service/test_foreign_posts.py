"""`doctor` notices who else posts for an account: its timeline shows it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.service.clock import SystemClock
from perihelion.service.commands.doctor import Finding, run_doctor_checks
from perihelion.service.delivery_run import post_due_once, prepare_ledger
from perihelion.service.wiring import open_app
from perihelion.testing.http_server import FakeServer, Fault, Reply
from tests.fakes.busy_day import write_templates
from tests.fakes.mastodon_server import TOKEN, FakeMastodon

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "A lander of many legs comes down"


@pytest.fixture
def mastodon() -> FakeMastodon:
    return FakeMastodon(now=SystemClock().now)


@pytest.fixture
def server(mastodon: FakeMastodon) -> Iterator[FakeServer]:
    with mastodon.serve() as running:
        yield running


def make_deployment(folder: Path, server: FakeServer) -> dict[str, str]:
    """A deployment with a ledger of its own, and an event that is observed today."""
    folder.mkdir()
    schedule = folder / "schedule.yaml"
    day = f"1996-{SystemClock().now():%m-%d}"  # a leap year, so that there is such a day
    event = f"{{id: landing, at: {day}, title: {TITLE}, sources: a test}}"
    lines = ["accounts:", "  - {network: mastodon}", "missions:", "  - id: m", "    name: Mission"]
    schedule.write_text("\n".join([*lines, "    events:", f"      - {event}", ""]), "utf-8")
    environ = {
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_SCHEDULE": str(schedule),
        "PERIHELION_TEMPLATES": str(write_templates(folder)),
        "PERIHELION_PATIENCE": "0.2",
        "MASTODON_URL": server.url,
        "MASTODON_TOKEN": TOKEN,
    }
    prepare_ledger(open_app(environ)).close()
    return environ


def find_others(environ: dict[str, str]) -> Finding | None:
    """What `doctor` says of others who post for the account."""
    found = [one for one in run_doctor_checks(environ) if one.subject == "timeline mastodon"]
    return found[0] if found else None


def test_a_second_deployment_with_a_ledger_of_its_own_is_told_with_its_post(
    tmp_path: Path, mastodon: FakeMastodon, server: FakeServer
) -> None:
    first, second = (make_deployment(tmp_path / name, server) for name in ("first", "second"))
    post_due_once(open_app(second), early=True)
    assert len(mastodon.statuses) == 1
    found = find_others(first)
    assert found is not None
    assert (found.ok, found.warning) == (True, True)
    assert f"{server.url}/" in found.details[0]
    assert mastodon.statuses[0].id in found.details[0]
    assert "this ledger did not send it" in found.details[0]
    assert "Another deployment" in found.details[1]
    assert find_others(second) is None, "it has sent the post itself"


def test_a_copy_beside_our_own_post_is_told(
    tmp_path: Path, mastodon: FakeMastodon, server: FakeServer
) -> None:
    environ = make_deployment(tmp_path / "first", server)
    post_due_once(open_app(environ), early=True)
    copy = mastodon.add_status(mastodon.statuses[0].text)
    found = find_others(environ)
    assert found is not None
    assert copy.id in found.details[0]
    assert len(found.details) == 2, "our own post is not named"


def test_what_a_person_writes_on_the_account_is_nobody_else_s_deployment(
    tmp_path: Path, mastodon: FakeMastodon, server: FakeServer
) -> None:
    environ = make_deployment(tmp_path / "first", server)
    mastodon.add_status("My cat, on a sunny day")
    assert find_others(environ) is None


def test_a_post_from_before_this_ledger_was_made_is_not_told(
    tmp_path: Path, mastodon: FakeMastodon, server: FakeServer
) -> None:
    environ = make_deployment(tmp_path / "first", server)
    mastodon.now = lambda: SystemClock().now() - timedelta(hours=1)
    mastodon.add_status(TITLE)
    mastodon.now = SystemClock().now
    assert find_others(environ) is None
    mastodon.add_status(TITLE)
    assert find_others(environ) is not None


def test_a_post_of_our_own_whose_outcome_is_not_known_yet_is_not_told(
    tmp_path: Path, server: FakeServer
) -> None:
    environ = make_deployment(tmp_path / "first", server)
    post_due_once(open_app(environ), early=True)
    assert find_others(environ) is None
    file = Path(environ["PERIHELION_STATE"], "ledger.sqlite3")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:  # as after a kill
        connection.execute("UPDATE deliveries SET state = 'unknown', receipt_id = NULL, url = NULL")
    assert find_others(environ) is None


def test_a_timeline_that_cannot_be_read_is_said_and_fails_nothing(
    tmp_path: Path, server: FakeServer
) -> None:
    environ = make_deployment(tmp_path / "first", server)
    for _ in range(5):
        server.break_next(Fault(reply=Reply(503, {})), lambda r: r.path.endswith("/statuses"))
    found = find_others(environ)
    assert found is not None
    assert found.ok
    assert found.details[0].startswith("not searched for posts that others make: ")
    assert TOKEN not in str(found)
