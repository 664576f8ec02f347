"""A lost ledger is rebuilt from what the timelines show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.service.commands.recover import recover_ledger
from perihelion.service.delivery_run import post_due_once
from perihelion.service.wiring import open_app
from perihelion.testing.http_server import FakeServer, Fault, Reply
from tests.fakes.busy_day import write_templates
from tests.fakes.mastodon_server import TOKEN, FakeMastodon
from tests.fakes.telegram_server import TOKEN as TELEGRAM_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perihelion.service.wiring import App

EVENTS = 5
AFTER = datetime(2027, 3, 2, 20, tzinfo=UTC)
LATER = AFTER + timedelta(hours=1)


@pytest.fixture
def mastodon() -> FakeMastodon:
    return FakeMastodon(now=lambda: AFTER)


@pytest.fixture
def server(mastodon: FakeMastodon) -> Iterator[FakeServer]:
    with mastodon.serve() as running:
        yield running


@pytest.fixture
def environ(server: FakeServer) -> dict[str, str]:
    return {"MASTODON_URL": server.url, "MASTODON_TOKEN": TOKEN}


def open_busy_app(
    folder: Path, network: str, environ: Mapping[str, str], at: datetime = AFTER
) -> App:
    """Perihelion with a busy day and one account."""
    schedule = folder / "schedule.yaml"
    events = [
        f"      - {{id: e{n}, at: {1990 + n}-03-02, title: Number {n} happens, sources: a test}}"
        for n in range(EVENTS)
    ]
    defaults = f"defaults: {{max_per_day: {EVENTS}, late: 20d}}"
    head = [defaults, "accounts:", f"  - {{network: {network}}}"]
    mission = ["missions:", "  - id: busy", "    name: Busy Mission", "    events:"]
    schedule.write_text("\n".join([*head, *mission, *events, ""]), encoding="utf-8")
    paths = {
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_SCHEDULE": str(schedule),
        "PERIHELION_TEMPLATES": str(write_templates(folder)),
        "PERIHELION_PATIENCE": "0.2",
    }
    return open_app({**paths, **environ}, at=at)


def delete_ledger(folder: Path) -> None:
    for file in (folder / "state").glob("ledger.sqlite3*"):
        file.unlink()


def count_states(one: App) -> dict[State, int]:
    ledger = one.open_ledger()
    try:
        return ledger.count_deliveries_by_state()
    finally:
        ledger.close()


@pytest.mark.parametrize("network", ["local", "mastodon"])
def test_what_a_wiped_ledger_lost_is_entered_as_sent(
    network: str, tmp_path: Path, environ: dict[str, str]
) -> None:
    settings = environ if network == "mastodon" else {}
    post_due_once(open_busy_app(tmp_path, network, settings), early=False)
    delete_ledger(tmp_path)
    later = open_busy_app(tmp_path, network, settings, LATER)
    (result,) = recover_ledger(later, 30)
    assert (result.seen, result.found, result.new, result.problem) == (EVENTS, EVENTS, EVENTS, "")
    assert count_states(later) == {State.SENT: EVENTS}
    assert post_due_once(later, early=False).latest_outcomes == []


def test_a_newborn_ledger_looks_as_far_back_as_the_late_policy_reaches(
    tmp_path: Path, mastodon: FakeMastodon, environ: dict[str, str]
) -> None:
    post_due_once(open_busy_app(tmp_path, "mastodon", environ), early=False)
    delete_ledger(tmp_path)
    days_later = AFTER + timedelta(days=10)
    mastodon.now = lambda: days_later
    post_due_once(open_busy_app(tmp_path, "mastodon", environ, days_later), early=False)
    assert count_states(open_busy_app(tmp_path, "mastodon", environ)) == {State.SENT: EVENTS}
    assert len(mastodon.statuses) == EVENTS


def test_recovering_twice_changes_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    one = open_busy_app(tmp_path, "mastodon", environ)
    post_due_once(one, early=False)
    (result,) = recover_ledger(one, 30)
    assert (result.found, result.new) == (EVENTS, 0)


def test_strangers_posts_are_left_alone(
    tmp_path: Path, mastodon: FakeMastodon, environ: dict[str, str]
) -> None:
    mastodon.add_status("My cat, on a sunny day")
    (result,) = recover_ledger(open_busy_app(tmp_path, "mastodon", environ), 30)
    assert (result.seen, result.found) == (1, 0)
    assert count_states(open_busy_app(tmp_path, "mastodon", environ)) == {}


def test_what_the_timeline_lacks_is_still_posted(
    tmp_path: Path, mastodon: FakeMastodon, environ: dict[str, str]
) -> None:
    post_due_once(open_busy_app(tmp_path, "mastodon", environ), early=False)
    delete_ledger(tmp_path)
    mastodon.delete_status(mastodon.statuses[0].id)
    mastodon.keys.clear()
    recover_ledger(open_busy_app(tmp_path, "mastodon", environ, LATER), 30)
    assert len(mastodon.statuses) == EVENTS - 1
    post_due_once(open_busy_app(tmp_path, "mastodon", environ, LATER), early=False)
    assert len({status.text for status in mastodon.statuses}) == EVENTS
    assert len(mastodon.statuses) == EVENTS


def test_a_timeline_that_cannot_be_read_is_named_and_nothing_is_entered(
    tmp_path: Path, server: FakeServer, environ: dict[str, str]
) -> None:
    for _ in range(5):
        server.break_next(Fault(reply=Reply(503, {})), lambda r: r.path.endswith("/statuses"))
    (result,) = recover_ledger(open_busy_app(tmp_path, "mastodon", environ), 30)
    assert result.problem
    assert TOKEN not in repr(result)


def test_a_network_that_shows_nothing_says_so(tmp_path: Path) -> None:
    settings = {
        "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_CHAT": "@year",
        "TELEGRAM_URL": "http://127.0.0.1:9",
    }
    (result,) = recover_ledger(open_busy_app(tmp_path, "telegram", settings), 30)
    assert result.problem == "telegram cannot show what was posted"
