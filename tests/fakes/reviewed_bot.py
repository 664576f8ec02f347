"""A bot whose posts a person approves first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.service.cli import run_command
from perihelion.service.commands import approve, hold, resolve, status, upcoming
from perihelion.service.delivery_run import post_due_once, prepare_ledger
from perihelion.service.evening import list_evening_alerts
from perihelion.service.wiring import App, open_app
from tests.fakes.bot_process import ROOT
from tests.fakes.installed_app import DUE, ManualClock

if TYPE_CHECKING:
    from pathlib import Path

    import click

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import State
    from perihelion.service.alerts import Alert

FIRST = "local:hop/landing:11-years:1"
SECOND = "local:hop/launch:10-years:1"
EVENING_BEFORE = DUE - timedelta(hours=20)
SCHEDULE = """
defaults: {requires: approval, post_at: "15:00", timezone: UTC, cards: none}
accounts: [{network: local, name: local}]
missions:
  - id: hop
    name: Hop
    events:
      - {id: landing, at: 2016-03-02, title: Hop lands, sources: log}
      - {id: launch, at: 2017-03-02, title: Hop lifts off, sources: log}
"""


class ReviewedBot:
    """A bot of which two posts are due on 2 March 2027, and those who decide about them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.clock = folder, ManualClock(EVENING_BEFORE)
        self.file = folder / "schedule.yaml"
        self.file.write_text(SCHEDULE, "utf-8")
        self.environ = {
            "PERIHELION_STATE": str(folder / "state"),
            "PERIHELION_SCHEDULE": str(self.file),
            "PERIHELION_TEMPLATES": str(ROOT / "templates"),
        }
        for verb in (approve, hold, upcoming):
            monkeypatch.setattr(verb, "open_app", lambda *_, **__: self.app)
        for verb in (resolve, status):
            monkeypatch.setattr(verb, "open_app_for_ledger", lambda _: (self.app, None))
        prepare_ledger(self.app).close()

    @property
    def app(self) -> App:
        return replace(open_app(self.environ), clock=self.clock)

    def open_ledger(self) -> Ledger:
        return self.app.open_ledger()

    def post(self) -> dict[str, State]:
        post_due_once(self.app, early=False)
        return {str(one.key): one.state for one in self.open_ledger().list_deliveries()}

    def change(self, before: str, after: str) -> None:
        self.file.write_text(self.file.read_text("utf-8").replace(before, after), "utf-8")

    def list_titles(self) -> list[str]:
        return [one.title for one in self.list_alerts()]

    def list_alerts(self) -> list[Alert]:
        return list_evening_alerts(self.app, self.open_ledger(), self.clock.at)


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReviewedBot:
    return ReviewedBot(tmp_path, monkeypatch)


def call(verb: click.Command, *arguments: str) -> int:
    return run_command(verb, list(arguments))
