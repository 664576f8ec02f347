"""A small schedule in files, which tests save in every way that editors and deploys do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from perihelion.service.reload import Reloader, Settling
from perihelion.service.wiring import open_app
from tests.fakes import busy_day

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.service.reload import Refused
    from perihelion.service.wiring import App

AT = datetime(2027, 3, 2, 12, 1, tzinfo=UTC)
"""A minute after its events are due."""
LATER = datetime(2100, 1, 1, tzinfo=UTC)
"""After any file was written: what was opened then is up to date."""


@dataclass(frozen=True)
class SavedSchedule:
    """`schedule.yaml` with `schedule/one.yaml`, and the least of templates."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "schedule").mkdir()
        busy_day.write_templates(self.folder)
        self.save_accounts()
        self.events.write_text(self.make_events("first"), encoding="utf-8")

    @property
    def main(self) -> Path:
        """The file that includes the others."""
        return self.folder / "schedule.yaml"

    @property
    def events(self) -> Path:
        """The file with the events."""
        return self.folder / "schedule" / "one.yaml"

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a process that uses it."""
        return {
            "PERIHELION_SCHEDULE": str(self.main),
            "PERIHELION_STATE": str(self.folder / "state"),
            "PERIHELION_LOG": "json",
        }

    def save_accounts(self, *accounts: str, post_at: str = "12:00") -> None:
        """The main file, with `accounts` that post at this time; without any, one that is local."""
        lines = [f'defaults: {{post_at: "{post_at}", spacing: 0m, max_per_day: 50, cards: none}}']
        lines += ["include: schedule/*.yaml", "accounts:"]
        lines += [f"  - {{network: local, name: {name}}}" for name in accounts or ("local",)]
        self.main.write_text("\n".join([*lines, "missions: []", ""]), encoding="utf-8")

    def make_events(self, title: str, count: int = 1, mission: str = "m") -> str:
        """The text of a file with `count` events of 2 March, all titled so."""
        lines = ["missions:", f"  - id: {mission}", "    name: Mission", "    events:"]
        for number in range(count):
            event = f"id: e{number}, at: 2016-03-02, kind: milestone, sources: made up"
            lines.append(f'      - {{{event}, title: "{title} of number {number} of {count}."}}')
        return "\n".join([*lines, ""])

    def replace(self, text: str) -> None:
        """Save the events as editors do that rename a new file over the old one."""
        new = self.events.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.events)

    def open_app(self, environ: dict[str, str] | None = None) -> App:
        """What the files say now, as `run` reads them, with more settings."""
        app = open_app(self.environ | (environ or {}))
        return replace(app, rereads_templates=False)


def look_until_settled(reloader: Reloader) -> App | Refused | None:
    """Look again and again, while nothing changes between two looks."""
    found = reloader.look()
    while isinstance(found, Settling):
        found = reloader.look()
    return found
