"""Faults of this machine: broken templates and missing pictures, before and while they matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.compose.picture_files import find_picture_problem
from perihelion.model.deliveries import State
from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.cache_folder import NO_CACHE, CacheFile, find_cache_file
from perihelion.service.content_digests import digest_program, make_digest, read_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery
    from perihelion.model.missions import Event, Schedule
    from perihelion.service.wiring import App

_LAYERS = ("compose", "almanac", "schedule", "model")
"""The packages that templates are tried with; they import no others."""

MAX_DELIVERIES = 1000
"""How many waiting deliveries are looked at; far more than are ever due at once."""


def find_local_faults(app: App) -> tuple[Mistake, ...]:
    """What is wrong with the templates, and with the files of all pictures in the schedule."""
    return (*app.templates.find_mistakes(), *_list_missing_pictures(app))


def find_start_error(app: App, tried: CacheFile = NO_CACHE) -> ConfigurationError | None:
    """Why a worker cannot start, with all that is wrong on this machine; None if it can.

    Templates in a language that no account here speaks are not tried, since that takes time at
    each start; `check` and `doctor` try them all. Nor are those that were right when they were last
    tried, if nothing has changed since: `tried` is where that is kept.
    """
    languages = {app.schedule.language, *(one.language for one in app.accounts)}
    faults = (*_find_template_mistakes(app, languages, tried), *_list_missing_pictures(app))
    return ConfigurationError(faults) if faults else None


def open_tried_file(app: App, environ: Mapping[str, str]) -> CacheFile:
    """Where it is kept which templates were right, in the user's cache folder."""
    return CacheFile(find_cache_file("templates", "tried", app.settings.schedule, environ))


def _find_template_mistakes(app: App, languages: set[str], tried: CacheFile) -> tuple[Mistake, ...]:
    key = _make_key(app.settings.templates, languages) if tried.path else b""
    if key and tried.read() == key:
        return ()
    mistakes = app.templates.find_mistakes(languages)
    if key and not mistakes and _make_key(app.settings.templates, languages) == key:
        tried.write(key)
    return mistakes


def _make_key(templates: Path, languages: set[str]) -> bytes:
    """The digest of all that makes templates right or wrong; empty if one cannot be read."""
    try:
        files = list(read_files(sorted(templates.rglob("*"))))
    except OSError:
        return b""
    spoken = [one.encode() for one in sorted(languages)]
    return make_digest(digest_program(*_LAYERS), *files, str(len(files)).encode(), *spoken)


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
