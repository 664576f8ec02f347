"""What the environment decides: read once, checked as a whole, frozen."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from perihelion.model.errors import ConfigurationError, UsageError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import Secret
from perihelion.networks.shared.credentials import read_secret
from perihelion.service.postgres_url import convert_multihost_address
from perihelion.service.setting_names import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

LEDGER_FILE = "ledger.sqlite3"
"""The embedded ledger, in the state folder."""

Choice = TypeVar("Choice", bound=StrEnum)


class LogFormat(StrEnum):
    """The form of the log on stderr."""

    JSON = "json"
    CONSOLE = "console"


class Switch(StrEnum):
    """Whether something is done."""

    ON = "on"
    OFF = "off"


class LogLevel(StrEnum):
    """The least severe messages that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment decided; SQLAlchemy accepts `database_url` as it is."""

    state: Path
    schedule: Path
    templates: Path
    database_url: Secret
    lease: timedelta
    patience: timedelta
    tick: timedelta
    alerts: Secret
    evening: time | None
    heartbeat: Secret
    status_token: Secret
    sentry_dsn: Secret
    site: str
    log: LogFormat
    log_level: LogLevel
    reload: Switch


def read_settings(environ: Mapping[str, str], *, terminal: bool | None = None) -> Settings:
    """The settings of `environ`. Raises ConfigurationError with every mistake.

    `terminal` says whether a person reads the log; by default stderr is asked.
    """
    settings, mistakes = collect_settings(environ, terminal=terminal)
    if mistakes:
        raise ConfigurationError(mistakes)
    return settings


def collect_settings(
    environ: Mapping[str, str], *, terminal: bool | None = None
) -> tuple[Settings, list[Mistake]]:
    """As `read_settings`, with placeholders for what is wrong; and every mistake."""
    reader = _EnvironmentReader(environ)
    terminal = sys.stderr.isatty() if terminal is None else terminal
    schedule = reader.read_path("PERIHELION_SCHEDULE")
    state = reader.read_path("PERIHELION_STATE", schedule.parent / "state")
    settings = Settings(
        state=state,
        schedule=schedule,
        templates=reader.read_path("PERIHELION_TEMPLATES", schedule.parent / "templates"),
        database_url=reader.read_database_url("DATABASE_URL", state / LEDGER_FILE),
        lease=reader.read_seconds("PERIHELION_LEASE"),
        patience=reader.read_seconds("PERIHELION_PATIENCE"),
        tick=reader.read_seconds("PERIHELION_TICK"),
        alerts=Secret(reader.read_secret("PERIHELION_ALERTS")),
        evening=reader.read_time("PERIHELION_EVENING"),
        heartbeat=reader.read_url("PERIHELION_HEARTBEAT"),
        status_token=Secret(reader.read_secret("PERIHELION_STATUS_TOKEN")),
        sentry_dsn=reader.read_url("SENTRY_DSN"),
        site=reader.read_url("PERIHELION_SITE").reveal().rstrip("/"),
        log=reader.read_choice("PERIHELION_LOG", LogFormat.CONSOLE if terminal else LogFormat.JSON),
        log_level=reader.read_choice("PERIHELION_LOG_LEVEL", LogLevel.INFO),
        reload=reader.read_choice("PERIHELION_RELOAD", Switch.ON),
    )
    reader.check_spelling()
    return settings, reader.mistakes


def read_ledger_address(given: str, environ: Mapping[str, str]) -> Secret:
    """A ledger's address, as DATABASE_URL takes it, for SQLAlchemy.

    `given` is the address, the name of a variable in `environ` that holds it (or of its file:
    NAME_FILE), or the path of a SQLite file. Raises UsageError, ConfigurationError.
    """
    is_name = given in environ or f"{given}_FILE" in environ
    if not is_name and not {".", "/"} & set(given):
        raise UsageError(
            f"{given!r} is neither a variable that is set nor an address: write "
            f"postgresql://... or the path of a SQLite file, such as ./{given}"
        )
    name = given if is_name else "the address"
    address = given if "://" in given else f"sqlite:///{given}"
    reader = _EnvironmentReader(environ if is_name else {name: address})
    url = reader.read_database_url(name, Path(given))
    if reader.mistakes:
        raise ConfigurationError(reader.mistakes)
    return url


class _EnvironmentReader:
    """Reads variables one by one, and collects their mistakes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.mistakes: list[Mistake] = []

    def read_path(self, name: str, default: Path | None = None) -> Path:
        return Path(self._read_text(name) or default or _DEFAULTS[name])

    def read_seconds(self, name: str) -> timedelta:
        text = self._read_text(name) or _DEFAULTS[name]
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if 0 < seconds <= _MAX_SECONDS:
            return timedelta(seconds=seconds)
        self._add_mistake(f"{name} must be seconds above 0 and up to {_MAX_SECONDS}, not {text!r}")
        return timedelta(0)

    def read_time(self, name: str) -> time | None:
        text = self._read_text(name)
        try:
            return datetime.strptime(text, "%H:%M").time() if text else None  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            self._add_mistake(f"{name} must be a time such as 18:00, not {text!r}")
            return None

    def read_choice(self, name: str, default: Choice) -> Choice:
        text = self._read_text(name).lower()
        choices = list(type(default))
        if not text or text in choices:
            return type(default)(text or default)
        self._add_mistake(f"{name} must be one of {', '.join(choices)}, not {text!r}")
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
        shown = f"{scheme}://" if found and "@" not in scheme else "the value"
        problem = f"{name}: {shown} is not a ledger's address"
        self._add_mistake(f"{problem}; write postgresql://... or sqlite:///FILE")
        return Secret("")

    def _build_postgres_url(self, name: str, rest: str) -> Secret:
        address = convert_multihost_address(rest)
        if address is None:  # no part of it is shown: the password may be in any of them
            self._add_mistake(
                f"{name}: its hosts cannot be read; write "
                "postgresql://user:password@host:5432/database, several hosts as "
                "host1:5432,host2:5432, and special characters percent-encoded"
            )
        return Secret(f"postgresql+psycopg://{address}")

    def read_secret(self, name: str) -> str:
        """A secret's value, from the variable or from the file that NAME_FILE names."""
        text, problem = read_secret(name, self._environ)
        if problem:
            self._add_mistake(problem)
        return text

    def read_url(self, name: str) -> Secret:
        """A secret address of the web, checked without being shown."""
        text = self.read_secret(name)
        try:
            parts = urlsplit(text)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            valid = False
        if text and not valid:
            self._add_mistake(f"{name} is not an address; write https://...")
        return Secret(text if valid else "")

    def check_spelling(self) -> None:
        """Report every variable whose name is nearly that of a setting."""
        known = [s.name.removeprefix(_PREFIX) for s in SETTINGS if s.name.startswith(_PREFIX)]
        for name in self._environ:
            own = name.removeprefix(_PREFIX)
            if own == name or own in known:
                continue
            for near in get_close_matches(own, known, n=1, cutoff=0.65):
                self._add_mistake(f"{name} is unknown; did you mean {_PREFIX}{near}?")

    def _read_text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def _add_mistake(self, message: str) -> None:
        self.mistakes.append(Mistake(SourceLocation("environment"), "setting", message))


_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
_PREFIX = "PERIHELION_"
_MAX_SECONDS = 86_400
"""A day: no lease and no tick makes sense beyond it."""
