"""Bringing a ledger to this program's version, safely with several programs at once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from sqlalchemy import String, column, inspect, select, table, text, update

from perihelion.ledger.driver_statements import Query
from perihelion.ledger.engine import read_transaction, translate_errors, write_transaction
from perihelion.ledger.private_files import PRIVATE_FILE_MODE, make_private_folder
from perihelion.model.errors import LedgerUnavailable, LedgerVersionMismatch

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Label

HEAD = "0011"
"""The revision that this program is written for; a test compares it with Alembic's own head."""

UNFINISHED = "unfinished copy"
"""The version of a ledger that is still being copied; sorted as text, it is above every revision,
so that an older program refuses it too."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = column("version_num", String)
_VERSION_TABLE = table("alembic_version", _REVISION)
_SELECT_REVISION = select(_REVISION).select_from(_VERSION_TABLE)
VERSION_QUERY = Query(lambda _among: select(_REVISION.label("version")).select_from(_VERSION_TABLE))
"""As `version_column`, as a query of its own."""
_ADVISORY_LOCK = 0x5045_5249  # any constant number: "PERI"


def read_revision(connection: Connection) -> str | None:
    """The ledger's revision; None for a database that holds no ledger yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return read_stamped_revision(connection)


def read_stamped_revision(connection: Connection) -> str | None:
    """The revision of a database that is known to hold a ledger; one cheap query."""
    value: str | None = connection.execute(_SELECT_REVISION).scalar_one_or_none()
    return value


def version_column() -> Label[str]:
    """The revision as one more column, `version`, of a query that is asked anyway."""
    return _SELECT_REVISION.scalar_subquery().label("version")


def require_head_revision(found: str | None) -> None:
    """Refuse to work on any other version than this program's. Raises LedgerVersionMismatch."""
    if found == HEAD:
        return
    if found == UNFINISHED:
        raise LedgerVersionMismatch(
            "the ledger is a copy that was not finished, so nothing is posted: empty its database, "
            "or delete its file, and repeat `python bot.py ledger copy`"
        )
    if found is None or found < HEAD:
        raise LedgerVersionMismatch(
            f"the ledger is at version {found or 'none'}, this program needs {HEAD}: run "
            "`python bot.py migrate`"
        )
    raise LedgerVersionMismatch(
        f"a newer Perihelion has upgraded the ledger to {found}, and this one knows {HEAD}. "
        "Nothing is posted from here; deploy the newer version everywhere"
    )


def migrate_ledger(engine: Engine) -> tuple[str | None, str]:
    """Bring the ledger to HEAD, making it if there is none; returns (before, after).

    Raises LedgerVersionMismatch if the ledger is newer than this program, LedgerUnavailable if it
    cannot be written.
    """
    return _migrate(engine, HEAD)


def create_unfinished_ledger(engine: Engine) -> None:
    """Make a ledger that every program refuses until `mark_finished`. Raises LedgerUnavailable."""
    _migrate(engine, UNFINISHED)


def mark_finished(connection: Connection) -> None:
    """Let programs use a ledger that was made unfinished."""
    _stamp(connection, HEAD)


def _stamp(connection: Connection, version: str) -> None:
    connection.execute(update(_VERSION_TABLE).values(version_num=version))


def _migrate(engine: Engine, stamp: str) -> tuple[str | None, str]:
    if engine.dialect.name != "sqlite":
        return _upgrade_schema(engine, stamp)
    file = Path(engine.url.database or "")
    try:
        make_private_folder(file.parent)
        with FileLock(file.with_suffix(".migrate.lock"), mode=PRIVATE_FILE_MODE):
            file.touch(PRIVATE_FILE_MODE)
            return _upgrade_schema(engine, stamp)
    except OSError as error:
        raise LedgerUnavailable(
            f"the state folder {file.parent} cannot be written, so nothing is posted: make it "
            f"writable, or set PERIHELION_STATE or DATABASE_URL ({error.strerror})"
        ) from error


def _upgrade_schema(engine: Engine, stamp: str) -> tuple[str | None, str]:
    with read_transaction(engine) as connection:
        before = read_revision(connection)
    if before is not None and before >= HEAD:
        require_head_revision(before)
        return before, HEAD
    from alembic import command  # noqa: PLC0415 - 300 ms that only a migration needs
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    if engine.dialect.name == "sqlite":
        _enable_write_ahead_log(engine)
    with write_transaction(engine) as connection:
        _lock_out_other_programs(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
        _stamp(connection, stamp)
    return before, HEAD


def _enable_write_ahead_log(engine: Engine) -> None:
    """Readers and the writer do not wait for each other; the file keeps this setting."""
    with translate_errors(engine), closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA journal_mode=WAL")


def _lock_out_other_programs(connection: Connection) -> None:
    """One migration at a time, and none while a program that has read the version still writes."""
    if connection.dialect.name == "sqlite":
        return  # BEGIN IMMEDIATE did
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    if read_revision(connection) is not None:
        connection.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
