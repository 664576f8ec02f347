"""A post that was published with a mistake, which has been put right in the schedule since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.service.delivery_run import post_due_once, prepare_ledger
from perihelion.service.wiring import open_app
from tests.fakes.bot_process import ROOT
from tests.fakes.installed_app import ManualClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perihelion.model.corrections import Correction
    from perihelion.model.deliveries import DeliveryKey
    from perihelion.networks.base import PublishedPost as TimelinePost
    from perihelion.service.wiring import App

SENT_AT = datetime(2027, 3, 2, 1, tzinfo=UTC)
WRONG, RIGHT = "The probe sets out from Texas", "The probe sets out from Florida"


class PublishedPost:
    """One post on one account of `network`, whose variables are in `environ`; 36 years ago.

    `app` has the corrected schedule; `clock` is its clock, a day later.
    """

    def __init__(self, folder: Path, network: str, environ: Mapping[str, str]) -> None:
        self.clock = ManualClock(SENT_AT - timedelta(days=1))
        self._file = folder / "schedule.yaml"
        self._network = network
        self.environ = {
            "PERIHELION_STATE": str(folder / "state"),
            "PERIHELION_SCHEDULE": str(self._file),
            "PERIHELION_TEMPLATES": str(ROOT / "templates"),
            **environ,
        }
        self.write_schedule(WRONG)
        app = self.open_app()
        ledger = prepare_ledger(app)  # the day before: a new ledger would look the post up first
        ledger.unregister_worker(self.clock.at)
        ledger.close()
        self.clock.at = SENT_AT
        post_due_once(app, early=True)
        self.clock.at += timedelta(days=1)
        self.write_schedule(RIGHT)
        self.app = self.open_app()

    def write_schedule(self, title: str) -> None:
        """The schedule with its one event under this title."""
        event = f"      - {{id: launch, at: 1991-03-02, title: {title}, sources: a test}}"
        head = ["accounts:", f"  - {{network: {self._network}, cards: none}}", "missions:"]
        mission = ["  - id: probe", "    name: Probe", "    events:", event, ""]
        self._file.write_text("\n".join([*head, *mission]), "utf-8")

    def open_app(self) -> App:
        """Perihelion as the schedule is now."""
        return replace(open_app(self.environ), clock=self.clock)

    @property
    def key(self) -> DeliveryKey:
        """The one delivery's."""
        ledger = self.app.open_ledger()
        (delivery,) = ledger.list_deliveries()
        ledger.close()
        return delivery.key

    def list_corrections(self) -> list[Correction]:
        """What the ledger holds."""
        ledger = self.app.open_ledger()
        corrections = ledger.list_corrections()
        ledger.close()
        return corrections

    def list_timeline(self) -> list[TimelinePost]:
        """What the account's timeline shows, oldest first."""
        (network,) = self.app.connect_accounts().values()
        return list(reversed(network.recent(SENT_AT - timedelta(days=3))))
