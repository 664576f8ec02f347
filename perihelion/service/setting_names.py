"""Every environment variable that is a setting of the program, once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable, as docs/operate.md lists it.

    A secret may also be read from the file that NAME_FILE names.
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
    Setting(
        "PERIHELION_STATE",
        "state beside the schedule",
        "folder of the SQLite ledger and of the local timeline",
    ),
    Setting(
        "PERIHELION_SCHEDULE",
        "schedule.yaml",
        "the schedule file; if the current folder has none, the one beside bot.py",
    ),
    Setting("PERIHELION_TEMPLATES", "templates beside the schedule", "folder of the templates"),
    Setting("PERIHELION_LEASE", "120", "seconds in which a worker must send what it has claimed"),
    Setting(
        "PERIHELION_PATIENCE",
        "120",
        "seconds that an interrupted request may take to arrive, before a look-up counts",
    ),
    Setting("PERIHELION_TICK", "30", "longest time in seconds between two looks at the ledger"),
    Setting(
        "PERIHELION_RELOAD",
        "on",
        "whether `run` reads the schedule, templates and pictures again when they change: on, off",
    ),
    Setting(
        "PERIHELION_ALERTS",
        "none",
        "Apprise addresses that are notified of what needs a person, and of missed posts",
        secret=True,
    ),
    Setting(
        "PERIHELION_EVENING",
        "none",
        "time such as 18:00, in the schedule's time zone, at which tomorrow's posts and what needs "
        "a person are sent to PERIHELION_ALERTS",
    ),
    Setting(
        "PERIHELION_HEARTBEAT",
        "none",
        "address that gets a GET request at every tick, and URL/fail while a person is needed",
        secret=True,
    ),
    Setting(
        "PERIHELION_STATUS_TOKEN",
        "none",
        "what the website's `/status` and `/metrics` ask for; without it, they do not exist",
        secret=True,
    ),
    Setting(
        "PERIHELION_SITE",
        "the address that was asked for",
        "the website's own address, https://..., for feeds, search engines and link previews",
    ),
    Setting("SENTRY_DSN", "none", "the Sentry project that errors are reported to", secret=True),
    Setting("PERIHELION_LOG", "console on a terminal, else json", "the log's form: console, json"),
    Setting("PERIHELION_LOG_LEVEL", "info", "debug, info, warning or error"),
)
"""Every setting except those of the accounts, which the networks list themselves."""
