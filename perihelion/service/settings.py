"""What the environment decides: read once, checked whole, frozen."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import Secret
from perihelion.service.postgres_url import convert_multihost_address

if TYPE_CHECKING:
    from collections.abc import Mapping

Choice = TypeVar("Choice", bound=StrEnum)


class LogFormat(StrEnum):
    """How the log is written on stderr."""

    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """The least important messages that the log still holds."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable, as docs/operate.md lists it.

    A secret one may instead stand in a file that NAME_FILE gives.
    """

    name: str
    default: str
    help: str
    secret: bool = False


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "sqlite:///<state folder>/ledger.sqlite3",
        "where the ledger is: PostgreSQL (postgres://, postgresql://) or SQLite (sqlite:///FILE)",
        secret=True,
    ),
    Setting("PERIHELION_STATE", "state", "folder of the SQLite ledger and the local timeline"),
    Setting("PERIHELION_SCHEDULE", "schedule.yaml", "what is remembered"),
    Setting("PERIHELION_TEMPLATES", "templates", "folder of the templates"),
    Setting("PERIHELION_LEASE", "120", "seconds that a worker has to send what it claimed"),
    Setting(
        "PERIHELION_PATIENCE",
        "30",
        "seconds that a cut-off request may take to arrive, before a look-up counts",
    ),
    Setting("PERIHELION_TICK", "30", "seconds between two looks at the ledger, at the most"),
    Setting(
        "PERIHELION_ALERTS",
        "none",
        "Apprise addresses that are told of held posts, stopped accounts and missed days",
        secret=True,
    ),
    Setting("PERIHELION_LOG", "console on a terminal, else json", "the log's form: console, json"),
    Setting("PERIHELION_LOG_LEVEL", "info", "debug, info, warning or error"),
)
"""Every setting that is not an account's. Those are listed by the networks themselves."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment decided; `database_url` is one that SQLAlchemy takes."""

    state: Path
    schedule: Path
    templates: Path
    database_url: Secret
    lease: timedelta
    patience: timedelta
    tick: timedelta
    alerts: Secret
    log: LogFormat
    log_level: LogLevel


def read_settings(
    environ: Mapping[str, str] | None = None,
    *,
    state: Path | None = None,
    schedule: Path | None = None,
    terminal: bool | None = None,
) -> Settings:
    """The settings of `environ`, by default the process's own.

    `state` and `schedule` come from the command line and win. `terminal` says whether a person
    reads the log; by default stderr is asked. Raises ConfigurationError with every mistake.
    """
    settings, mistakes = collect_settings(environ, state, schedule, terminal=terminal)
    if mistakes:
        raise ConfigurationError(mistakes)
    return settings


def collect_settings(
    environ: Mapping[str, str] | None,
    state: Path | None,
    schedule: Path | None,
    *,
    terminal: bool | None = None,
) -> tuple[Settings, list[Mistake]]:
    """As `read_settings`: what is right, stopgaps for the rest, and every mistake."""
    reader = _EnvironmentReader(os.environ if environ is None else environ)
    terminal = sys.stderr.isatty() if terminal is None else terminal
    folder = state or reader.read_path("PERIHELION_STATE")
    settings = Settings(
        state=folder,
        schedule=schedule or reader.read_path("PERIHELION_SCHEDULE"),
        templates=reader.read_path("PERIHELION_TEMPLATES"),
        database_url=reader.read_database_url("DATABASE_URL", folder / "ledger.sqlite3"),
        lease=reader.read_seconds("PERIHELION_LEASE"),
        patience=reader.read_seconds("PERIHELION_PATIENCE"),
        tick=reader.read_seconds("PERIHELION_TICK"),
        alerts=Secret(reader.read_secret("PERIHELION_ALERTS")),
        log=reader.read_choice("PERIHELION_LOG", LogFormat.CONSOLE if terminal else LogFormat.JSON),
        log_level=reader.read_choice("PERIHELION_LOG_LEVEL", LogLevel.INFO),
    )
    return settings, reader.list_mistakes()


class _EnvironmentReader:
    """Reads variables one by one, and keeps the mistakes until all are read."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._mistakes: list[Mistake] = []

    def read_path(self, name: str) -> Path:
        return Path(self._read_text(name) or _DEFAULTS[name])

    def read_seconds(self, name: str) -> timedelta:
        text = self._read_text(name) or _DEFAULTS[name]
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if 0 < seconds <= _MAX_SECONDS:
            return timedelta(seconds=seconds)
        self._add_mistake(
            name, f"{text!r} is no number of seconds above 0 and up to {_MAX_SECONDS}"
        )
        return timedelta(0)

    def read_choice(self, name: str, default: Choice) -> Choice:
        text = self._read_text(name).lower()
        choices = list(type(default))
        if not text or text in choices:
            return type(default)(text or default)
        self._add_mistake(name, f"{text!r} is none of {', '.join(choices)}")
        return default

    def read_database_url(self, name: str, default: Path) -> Secret:
        text = self.read_secret(name)
        scheme, found, rest = text.partition("://")
        if not text:
            return Secret(f"sqlite:///{default}")
        if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and rest:
            return self._build_postgres_url(name, rest)
        if scheme == "sqlite" and rest.startswith("/") and rest != "/":
            return Secret(text)
        shown = f"{scheme}://" if found and "@" not in scheme else "it"
        self._add_mistake(
            name, f"{shown} names no ledger; write postgresql://... or sqlite:///FILE"
        )
        return Secret("")

    def _build_postgres_url(self, name: str, rest: str) -> Secret:
        address = convert_multihost_address(rest)
        if address is None:  # which part is whose cannot be told, so that nothing of it is shown
            self._add_mistake(
                name,
                "its hosts cannot be read; write postgresql://user:password@host:5432/database, "
                "several hosts as host1:5432,host2:5432, special characters percent-encoded",
            )
        return Secret(f"postgresql+psycopg://{address}")

    def list_mistakes(self) -> list[Mistake]:
        """What was wrong, misspelt names included."""
        for name in self._environ:
            self._check_spelling(name)
        return self._mistakes

    def _read_text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def read_secret(self, name: str) -> str:
        """A secret's value, itself or out of the file that NAME_FILE gives."""
        text, file = self._read_text(name), self._read_text(f"{name}_FILE")
        if text and file:
            self._add_mistake(name, f"set it or {name}_FILE, not both")
        return text or (self._read_file(f"{name}_FILE", file) if file else "")

    def _read_file(self, name: str, file: str) -> str:
        try:
            content = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            self._add_mistake(name, f"cannot read {file}: {reason}")
            return ""
        if not content:
            self._add_mistake(name, f"{file} is empty")
        return content

    def _check_spelling(self, name: str) -> None:
        known = [s.name.removeprefix(_PREFIX) for s in SETTINGS if s.name.startswith(_PREFIX)]
        own = name.removeprefix(_PREFIX)
        if own == name or own in known:
            return
        for near in get_close_matches(own, known, n=1, cutoff=0.65):
            self._add_mistake(name, f"there is no such setting; did you mean {_PREFIX}{near}?")

    def _add_mistake(self, name: str, message: str) -> None:
        self._mistakes.append(
            Mistake(SourceLocation("environment"), "setting", f"{name}: {message}")
        )


_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
_PREFIX = "PERIHELION_"
_MAX_SECONDS = 86_400
"""A day, in seconds: no lease and no tick makes sense beyond it."""
