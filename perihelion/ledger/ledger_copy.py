"""A ledger copied into an empty database of either kind: whole, and compared afterwards.

The copy is stamped as unfinished before its first row, and no program posts from it until all of
it has been read back and found equal.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, func, inspect, select, text

from perihelion.ledger.engine import open_engine, read_transaction, write_transaction
from perihelion.ledger.liveness import list_locked_workers, path_exists
from perihelion.ledger.migrate import (
    HEAD,
    create_unfinished_ledger,
    mark_finished,
    read_revision,
)
from perihelion.ledger.tables import ACCOUNTS, METADATA, WORKERS
from perihelion.model.errors import LedgerNotCopied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, RowMapping, Table

BATCH_ROWS = 1000
"""How many rows are in memory at a time."""

_MODULUS = 2**256


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """What a table holds: how many rows, and their SHA-256 as hexadecimal digits.

    The rows' own hashes are added, as the two kinds of database sort differently.
    """

    name: str
    rows: int
    sha256: str


def copy_ledger(source_url: str, target_url: str, alive_since: datetime) -> list[CopiedTable]:
    """Copy everything in one ledger into an empty database (SQLAlchemy URLs); what was copied.

    Nothing can be written to the source meanwhile. A worker that has shown itself since
    `alive_since` (UTC) and has not said that it ended counts as running.

    Raises LedgerNotCopied if the source is no ledger of this version or in use, if the target is
    not empty, or if the copy differs; LedgerUnavailable if a database fails. After an interruption
    every program refuses the target.
    """
    source, target = open_engine(source_url), open_engine(target_url)
    with _disposing(source), _disposing(target):
        _require_version(source)
        with write_transaction(source) as original:
            _stop_writers(original)
            _require_unused(original, alive_since)
            _require_empty(target)
            create_unfinished_ledger(target)
            with write_transaction(target) as copy:
                copied = [_copy_table(original, copy, table) for table in METADATA.sorted_tables]
            with write_transaction(target) as copy:
                _require_equal(copied, [_read_table(copy, one) for one in METADATA.sorted_tables])
                mark_finished(copy)
    return copied


@contextmanager
def _disposing(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def _describe(engine: Engine) -> str:
    return engine.url.set(query={}).render_as_string(hide_password=True)


def _require_version(source: Engine) -> None:
    if _is_missing(source):
        raise LedgerNotCopied(f"{_describe(source)} holds no ledger: correct FROM")
    with read_transaction(source) as connection:
        found = read_revision(connection)
    if found is None:
        raise LedgerNotCopied(f"{_describe(source)} holds no ledger: correct FROM")
    if found != HEAD:
        raise LedgerNotCopied(
            f"the ledger {_describe(source)} is at version {found}, and this program copies {HEAD}:"
            " run `python bot.py migrate` with DATABASE_URL set to it, or use the newer program"
        )


def _is_missing(engine: Engine) -> bool:
    """Whether it is a SQLite file that is not there."""
    return engine.dialect.name == "sqlite" and not path_exists(Path(engine.url.database or ""))


def _stop_writers(original: Connection) -> None:
    """Let nobody write to the ledger until the transaction ends. SQLite has one writer anyway."""
    if original.dialect.name == "sqlite":
        return
    names = ", ".join(table.name for table in METADATA.sorted_tables)
    original.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
    # It waits while the copy is written and read.
    original.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def _require_unused(original: Connection, alive_since: datetime) -> None:
    """Raise LedgerNotCopied if a worker may be posting, or has left a request unsettled."""
    shown = (WORKERS.c.stopped_at.is_(None), WORKERS.c.beat_at >= alive_since)
    running = set(original.execute(select(WORKERS.c.id).where(*shown)).scalars())
    if original.dialect.name == "sqlite":
        running |= list_locked_workers(Path(original.engine.url.database or ""))
    if running:
        raise LedgerNotCopied(
            f"a worker may be running ({min(running)}): stop every worker, wait two minutes, and "
            "run `ledger copy` again"
        )
    claimed = select(ACCOUNTS.c.name, ACCOUNTS.c.holder).where(ACCOUNTS.c.holder.is_not(None))
    for name, holder in original.execute(claimed):
        raise LedgerNotCopied(
            f"{holder} ended in the middle of a request for {name}: run `python bot.py once` on "
            "the old ledger, which settles it, then `ledger copy` again"
        )


def _require_empty(target: Engine) -> None:
    if _is_missing(target):
        return
    with read_transaction(target) as connection:
        tables = inspect(connection).get_table_names()
    if tables:
        raise LedgerNotCopied(
            f"{_describe(target)} is not empty (it has a table {min(tables)}): name an empty "
            "database, or a file that does not exist. If it is an unfinished copy, delete the file "
            "or drop and create the database, and repeat the copy"
        )


def _copy_table(original: Connection, copy: Connection, table: Table) -> CopiedTable:
    total = _Total(table)
    for rows in _read_batches(original, table):
        total.add(rows)
        copy.execute(table.insert(), [dict(row) for row in rows])
    _continue_numbers(copy, table)
    return total.result()


def _continue_numbers(copy: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that were copied with their numbers."""
    for column in table.primary_key:
        if copy.dialect.name != "sqlite" and isinstance(column.type, BigInteger):
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            following = func.coalesce(select(func.max(column)).scalar_subquery(), 0) + 1
            copy.execute(select(func.setval(sequence, following, False)))  # noqa: FBT003 - PostgreSQL's own: "not used yet"


def _read_table(copy: Connection, table: Table) -> CopiedTable:
    total = _Total(table)
    for rows in _read_batches(copy, table):
        total.add(rows)
    return total.result()


def _read_batches(connection: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
    streaming = {"yield_per": BATCH_ROWS}
    try:
        with connection.execute(select(table), execution_options=streaming) as result:
            yield from result.mappings().partitions()
    except ValueError as error:
        raise LedgerNotCopied(
            f"the table {table.name} of {_describe(connection.engine)} holds a value that cannot "
            f"be read ({error}): restore a backup of it, and copy that"
        ) from error


class _Total:
    """Adds up a table's rows."""

    def __init__(self, table: Table) -> None:
        self._table, self._rows, self._sum = table.name, 0, 0

    def add(self, rows: Sequence[RowMapping]) -> None:
        for row in rows:
            line = json.dumps(list(row.values()), default=str).encode()
            self._sum += int.from_bytes(hashlib.sha256(line).digest(), "big")
        self._rows += len(rows)

    def result(self) -> CopiedTable:
        return CopiedTable(self._table, self._rows, f"{self._sum % _MODULUS:064x}")


def _require_equal(copied: list[CopiedTable], found: list[CopiedTable]) -> None:
    for ours, theirs in zip(copied, found, strict=True):
        if ours != theirs:
            raise LedgerNotCopied(
                f"the copy of the table {ours.name} differs: {ours.rows} rows were copied and "
                f"{theirs.rows} read back. The copy stays unfinished, and nothing posts from it"
            )
