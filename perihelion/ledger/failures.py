"""What a database's failure means for a person: what happened, and what to do."""

from __future__ import annotations

from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

_ADVICE = (
    ("disk is full", "the disk is full: free some space, nothing was lost"),
    ("no space left", "the database's disk is full: free some space, nothing was lost"),
    ("readonly", "the ledger's file or folder is read-only: make it writable"),
    ("read-only transaction", "this server is read-only; looking for the primary"),
    ("unable to open", "it is missing, or its folder is not writable: run `python bot.py migrate`"),
    ("not a database", "the file is damaged: move it away, then run `python bot.py recover`"),
    ("malformed", "the file is damaged: move it away, then run `python bot.py recover`"),
    ("disk i/o error", "the disk does not answer: check it"),
    ("database is locked", "another program keeps it locked: close it, or wait"),
    ("lock timeout", "another program keeps its rows locked: close it, or wait"),
    ("no such table", "its tables are missing: run `python bot.py migrate`"),
    ('relation "', "its tables are missing: run `python bot.py migrate`"),
    ("password authentication", "it refuses the user or password in DATABASE_URL: correct them"),
    ("permission denied", "its user may not use it: grant that user the rights to its tables"),
    ("startup parameter", "the pooler refuses an option in DATABASE_URL: remove that option"),
    ('database "', "the database in DATABASE_URL does not exist: create it"),
)

_DISK_FULL_BYTES = 64 * 1024
"""Bytes: with no more than this free, SQLite's "disk I/O error" means that the disk is full."""

_PASSING_CLASSES = frozenset({"08", "25", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE that may pass by themselves: connections, conflicts, resources, the server.

A failure without a SQLSTATE is one of the connection. All others are about the statement itself,
which will be refused again.
"""


def _is_disk_full(file: Path) -> bool:
    """Whether SQLite cannot create or enlarge its side files because the disk is full."""
    try:
        return disk_usage(file.parent).free < _DISK_FULL_BYTES
    except OSError:
        return False


def name_ledger(engine: Engine) -> str:
    """The ledger's address for a person, its file with the whole path. Holds no password."""
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{Path(engine.url.database or '').absolute()}"
    return engine.url.set(query={}).render_as_string(hide_password=True)


def explain_failure(engine: Engine, error: BaseException) -> str:
    """One sentence for a person: which ledger, what happened, what to do. Holds no password."""
    where = name_ledger(engine)
    problem = " ".join(str(error).split())
    if "disk I/O error" in problem and _is_disk_full(Path(engine.url.database or "")):
        problem += ", as the disk is full"
    for pattern, advice in _ADVICE:
        if pattern in problem.lower():
            return f"the ledger {where} cannot be used, so nothing is posted: {advice} ({problem})"
    sqlstate: str | None = getattr(error, "sqlstate", None)
    if sqlstate is not None and sqlstate[:2] not in _PASSING_CLASSES:
        return (
            f"the ledger {where} refuses a statement, so nothing is posted; retrying does not help:"
            f" correct the cause, or report it as a fault of this program ({problem})"
        )
    return (
        f"the ledger {where} cannot be reached, so nothing is posted; retrying automatically "
        f"({problem})"
    )
