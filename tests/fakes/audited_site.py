"""An account whose timeline can be changed by hand after posts were sent to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.service.audit import AUDITED_BACK, audit_accounts
from perihelion.service.delivery_run import post_due_once, prepare_ledger
from perihelion.service.wiring import open_app
from tests.fakes.busy_day import write_templates
from tests.fakes.installed_app import ManualClock
from tests.fakes.mastodon_server import TOKEN, FakeMastodon

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perihelion.service.audit import AccountAudit
    from perihelion.service.wiring import App
    from perihelion.testing.http_server import FakeServer

SENT_AT = datetime(2027, 3, 2, 1, tzinfo=UTC)
TITLES = ("One is launched", "Two comes down", "Three goes silent")


class Site:
    """An account on Mastodon to which three posts were sent."""

    def __init__(self, folder: Path, mastodon: FakeMastodon, server: FakeServer) -> None:
        self.clock, self.mastodon, self.server = ManualClock(), mastodon, server
        mastodon.now = self.clock.now
        self.app = self.open_app(folder, {"MASTODON_URL": server.url, "MASTODON_TOKEN": TOKEN})
        self.clock.at = SENT_AT - timedelta(days=1)  # a new ledger would look each post up first
        ledger = prepare_ledger(self.app)
        ledger.unregister_worker(self.clock.at)
        ledger.close()
        self.clock.at = SENT_AT
        post_due_once(self.app, early=True)
        self.clock.at += timedelta(hours=20)

    def open_app(self, folder: Path, environ: Mapping[str, str]) -> App:
        schedule = folder / "schedule.yaml"
        events = [
            f"      - {{id: e{number}, at: {1990 + number}-03-02, title: {title}, sources: a test}}"
            for number, title in enumerate(TITLES)
        ]
        head = ["defaults: {max_per_day: 3}", "accounts:", "  - {network: mastodon}"]
        mission = ["  - {network: telegram}", "missions:", "  - id: m", "    name: Mission"]
        schedule.write_text("\n".join([*head, *mission, "    events:", *events, ""]), "utf-8")
        self.environ = {
            "PERIHELION_STATE": str(folder / "state"),
            "PERIHELION_SCHEDULE": str(schedule),
            "PERIHELION_TEMPLATES": str(write_templates(folder)),
            **environ,
        }
        return replace(open_app(self.environ), clock=self.clock)

    def audit(
        self, since: datetime | None = None, only: str | None = None, **environ: str
    ) -> list[AccountAudit]:
        app = replace(open_app(self.environ | environ), clock=self.clock)
        ledger = app.open_ledger()
        audits = audit_accounts(app, ledger, since or self.clock.at - AUDITED_BACK, only)
        ledger.close()
        return audits

    def list_differences(self) -> list[tuple[str, str]]:
        (audit,) = self.audit()
        return [(one.difference.value, one.key.split("/")[1]) for one in audit.findings]

    def find_status(self, title: str) -> Any:  # noqa: ANN401 - the fake's own class
        return next(one for one in self.mastodon.statuses if title in one.text)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    mastodon = FakeMastodon()
    with mastodon.serve() as server:
        yield Site(tmp_path, mastodon, server)
