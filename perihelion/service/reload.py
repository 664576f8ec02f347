"""Reading the schedule, the templates and the pictures again once they have changed.

Whatever says that a file has changed is only a hint. What counts are the files' stamps: they are
read when two looks in a row have found the same, and used when a third one finds the same after
the reading, so that nothing is used that was half written or changed meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError
from perihelion.schedule.load import load_with_mistakes
from perihelion.service.enabled_accounts import resolve_accounts
from perihelion.service.local_faults import find_start_error
from perihelion.service.redaction import find_secrets
from perihelion.service.source_files import is_any_being_written, list_source_files, stamp_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from perihelion.model.missions import Schedule
    from perihelion.service.source_files import Stamp
    from perihelion.service.wiring import App

MAX_LOOKS_WHILE_WRITTEN = 30
"""How many looks a file is waited for that is open for writing and does not change."""

_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Settling:
    """Something has changed, or is being written: look again in a moment."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was read cannot be used: what is in use stays so."""

    error: ConfigurationError


class Reloader:
    """Decides at each look whether the files are read again, and whether what they say is used."""

    def __init__(self, app: App, environ: Mapping[str, str], opened_at: datetime) -> None:
        """`app` was read from the files not before `opened_at` (UTC)."""
        self._app, self._environ = app, environ
        self._schedule: Schedule = app.schedule
        stamps = stamp_files(self.list_files())
        changed_at = [stamp[-1] / _NANOSECONDS for stamp in stamps.values() if stamp]
        is_as_read = max(changed_at, default=0.0) < opened_at.timestamp() - 1
        self._decided: Mapping[Path, Stamp] = stamps if is_as_read else {}
        self._seen: Mapping[Path, Stamp] | None = None
        self._looks_while_written = 0

    def list_files(self) -> set[Path]:
        """The files that count: those of the last attempt, and those of what is in use."""
        schedules = {id(one): one for one in (self._app.schedule, self._schedule)}
        found = (list_source_files(self._app.settings, one) for one in schedules.values())
        return set().union(*found)

    def forget(self) -> None:
        """Read everything at the next look, whether or not it has changed."""
        self._seen = stamp_files(self.list_files())
        self._decided = {}

    def look(self) -> App | Refused | Settling | None:
        """What is to be used from now on, or why it is not; None if nothing has changed."""
        stamps = stamp_files(self.list_files())
        if stamps == self._decided:
            self._seen = None
            return None
        if stamps != self._seen:
            self._seen, self._looks_while_written = stamps, 0
            return Settling()
        if self._looks_while_written < MAX_LOOKS_WHILE_WRITTEN and is_any_being_written(stamps):
            self._looks_while_written += 1
            return Settling()
        return self._read(stamps)

    def _read(self, before: Mapping[Path, Stamp]) -> App | Refused | Settling:
        self._schedule, mistakes = load_with_mistakes(self._app.settings.schedule)
        found = Refused(ConfigurationError(mistakes)) if mistakes else self._make_app()
        self._seen = stamp_files(self.list_files())
        if self._seen != before:
            return Settling()
        self._decided = before
        if not isinstance(found, Refused):
            self._app = found
        return found

    def _make_app(self) -> App | Refused:
        """The App of the schedule that was read, with all that a start would check."""
        on, off, mistakes = resolve_accounts(self._schedule, self._environ)
        if mistakes:
            return Refused(ConfigurationError(mistakes))
        app = replace(
            self._app,
            schedule=self._schedule,
            enabled_accounts=on,
            disabled_accounts=off,
            secrets=find_secrets(self._environ).union(*(one.secret_values for one in on)),
        )
        try:
            app.connect_accounts()
        except ConfigurationError as error:
            return Refused(error)
        fault = find_start_error(app)
        return app if fault is None else Refused(fault)
