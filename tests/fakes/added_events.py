"""The verb `add`, called as from a script, on a small schedule in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from perihelion.service.commands.add import command
from tests.fakes.saved_schedule import SavedSchedule

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def save_events(folder: Path, events: str) -> SavedSchedule:
    """A schedule in `folder` whose file of events says `events`."""
    saved = SavedSchedule(folder)
    saved.events.write_text(events, encoding="utf-8")
    return saved


def add(saved: SavedSchedule, *arguments: str) -> Result:
    """What `add` answers; no editor is opened."""
    environ = {**saved.environ, "VISUAL": "", "EDITOR": ""}
    return CliRunner().invoke(command, arguments, env=environ, standalone_mode=False)
