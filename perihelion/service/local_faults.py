"""Faults of this machine: broken templates and missing pictures, before and while they matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.compose.picture_files import find_picture_problem
from perihelion.model.deliveries import State
from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery
    from perihelion.model.missions import Event, Schedule
    from perihelion.service.wiring import App

MAX_DELIVERIES = 1000
"""How many waiting deliveries are looked at; far more than are ever due at once."""


def find_local_faults(app: App) -> tuple[Mistake, ...]:
    """What is wrong with the templates, and with the files of all pictures in the schedule."""
    return (*app.templates.find_mistakes(), *_list_missing_pictures(app))


def find_start_error(app: App) -> ConfigurationError | None:
    """Why a worker cannot start, with all that is wrong on this machine; None if it can.

    Templates in a language that no account here speaks are not tried, since that takes time at
    each start; `check` and `doctor` try them all.
    """
    languages = {app.schedule.language, *(one.language for one in app.accounts)}
    faults = (*app.templates.find_mistakes(languages), *_list_missing_pictures(app))
    return ConfigurationError(faults) if faults else None


def require_no_local_faults(app: App) -> None:
    """Raise ConfigurationError if a worker cannot start."""
    error = find_start_error(app)
    if error is not None:
        raise error


def list_repairs(ledger: Ledger) -> list[Delivery]:
    """The deliveries that wait until something here is repaired, the latest due first."""
    waiting = ledger.list_deliveries([State.WAITING, State.UNKNOWN], MAX_DELIVERIES)
    return [delivery for delivery in waiting if delivery.needs_repair]


def _list_missing_pictures(app: App) -> list[Mistake]:
    found = _find_missing_pictures(app.schedule, app.settings.schedule.parent.absolute())
    return list(dict.fromkeys(found))


def _find_missing_pictures(schedule: Schedule, folder: Path) -> Iterator[Mistake]:
    for event in schedule.events:
        for picture in event.pictures:
            problem = find_picture_problem(folder / picture.file)
            if problem:
                location = picture.location or locate_event(event)
                yield Mistake(location, "picture", f"{event.full_id}: {problem}")


def locate_event(event: Event) -> SourceLocation:
    """Where the event stands in the schedule."""
    return event.location or SourceLocation("schedule")
