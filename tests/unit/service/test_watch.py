"""A process that does not post notices that nobody posts, and alerts once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.service.commands.migrate import command as migrate
from perihelion.service.delivery_run import post_due_once, prepare_ledger
from perihelion.service.empty_days import choose_posting_names, list_empty_days
from perihelion.service.reports import Reports
from perihelion.service.watch import alert_if_silent, watch_in_background
from perihelion.service.web.server import WebServer
from tests.fakes.installed_app import DUE, ManualClock, open_app_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perihelion.service.wiring import App
    from tests.fakes.pager import Pager

# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")

DAY_OVER = DUE.replace(hour=0) + timedelta(days=1)
EMPTY_DAY = "local on 2027-03-02: nothing sent"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def without_accounts(app: App) -> App:
    """The App as the website has it: without any account's credentials."""
    return replace(app, enabled_accounts=())


def look(app: App) -> None:
    ledger = app.open_ledger()
    alert_if_silent(app, ledger)
    ledger.close()


def stop_worker(app: App, clock: ManualClock) -> None:
    """A worker that starts, sends nothing and is stopped."""
    ledger = prepare_ledger(app)
    ledger.unregister_worker(clock.at)
    ledger.close()


def test_the_website_alerts_about_a_day_without_posts_and_no_worker_repeats_it(
    pager: Pager, tmp_path: Path, clock: ManualClock
) -> None:
    app = open_app_at(tmp_path, clock, pager.environ)
    stop_worker(app, clock)
    clock.at = DAY_OVER
    look(without_accounts(app))
    look(without_accounts(app))
    ledger = prepare_ledger(app)
    Reports(app, ledger).send()
    ledger.close()
    assert pager.alert_titles == [EMPTY_DAY]


def test_a_dead_worker_is_noticed_as_well(pager: Pager, tmp_path: Path, clock: ManualClock) -> None:
    app = open_app_at(tmp_path, clock, pager.environ)
    ledger = prepare_ledger(app)
    ledger.close()
    clock.at += timedelta(minutes=30)
    look(without_accounts(app))
    assert pager.alert_titles == [f"{ledger.worker}: dead worker"]


def test_nothing_is_told_while_all_is_well_or_where_there_is_no_ledger(
    pager: Pager, tmp_path: Path, clock: ManualClock
) -> None:
    app = open_app_at(tmp_path, clock, pager.environ)
    look(without_accounts(app))
    assert not (tmp_path / "state" / "ledger.sqlite3").exists()
    stop_worker(app, clock)
    clock.at = DUE + timedelta(minutes=1)
    post_due_once(app, early=False)
    clock.at = DAY_OVER
    look(without_accounts(app))
    assert pager.alert_titles == []


def test_a_ledger_that_no_worker_ever_used_is_noticed_the_day_after(
    pager: Pager, tmp_path: Path, clock: ManualClock
) -> None:
    app = open_app_at(tmp_path, clock, pager.environ)
    ledger = app.open_ledger()
    ledger.migrate(clock.at)
    look(without_accounts(app))
    clock.at = DAY_OVER
    look(without_accounts(app))
    look(without_accounts(app))
    ledger.close()
    assert pager.alert_titles == ["no worker: nothing sent"]


def test_what_fell_due_before_the_ledger_was_created_is_not_missed(
    tmp_path: Path, clock: ManualClock
) -> None:
    app = open_app_at(tmp_path, clock)
    ledger = app.open_ledger()
    ledger.migrate(DUE + timedelta(minutes=1))
    clock.at = DAY_OVER
    assert list_empty_days(app, ledger) == []
    ledger.close()


def test_a_bad_address_stops_neither_the_website_nor_a_deploy(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    app = open_app_at(tmp_path, clock, {"PERIHELION_ALERTS": "no-such-service://hunter22"})
    stop_worker(app, clock)
    clock.at = DAY_OVER
    look(app)
    (record,) = [one for one in caplog.records if one.name == "perihelion.service.watch"]
    assert "hunter22" not in str(record.__dict__)


def test_the_release_step_alerts(
    pager: Pager, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app_at(tmp_path, clock, pager.environ)
    ledger = prepare_ledger(app)
    ledger.record_heartbeat(clock.at - timedelta(days=400))  # the verb asks the real clock
    ledger.close()
    for name, value in pager.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PERIHELION_SCHEDULE", str(app.settings.schedule))
    monkeypatch.setenv("PERIHELION_STATE", str(app.settings.state))
    clock.at = DAY_OVER
    monkeypatch.setattr("perihelion.service.wiring.SystemClock.real_now", lambda _self: clock.at)
    result = CliRunner().invoke(migrate, [])
    assert result.exit_code == 0, result.output
    assert pager.alert_titles == [f"{ledger.worker}: dead worker"]


def test_it_looks_in_the_background_until_it_is_stopped(
    pager: Pager, tmp_path: Path, clock: ManualClock
) -> None:
    app = open_app_at(tmp_path, clock, pager.environ)
    stop_worker(app, clock)
    clock.at = DAY_OVER
    stop = watch_in_background(without_accounts(app), timedelta(milliseconds=1))
    assert pager.came.wait(60)
    stop.set()


def test_each_process_of_the_website_watches(tmp_path: Path, clock: ManualClock) -> None:
    app = open_app_at(tmp_path, clock)
    environ = {
        "PERIHELION_SCHEDULE": str(app.settings.schedule),
        "PERIHELION_STATE": str(app.settings.state),
    }
    server = WebServer(environ, "127.0.0.1:0", 2)
    assert server.cfg.post_worker_init == server._start_watching


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        ([], set()),
        ([{"a", "b"}], {"a", "b"}),
        ([{"a"}, {"a", "b"}], {"a"}),
        ([{"a"}, {"b"}], {"a", "b"}),
        ([{"a"}, {"a", "b"}, {"b", "c"}], {"a"}),
    ],
)
def test_an_account_is_on_unless_a_later_worker_took_over_without_it(
    groups: Sequence[set[str]], names: set[str]
) -> None:
    assert choose_posting_names(map(frozenset, groups)) == names
