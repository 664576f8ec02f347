"""Small values that outlive a process: what was done once, and what an adapter remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.tables import MEMORY, META
from perihelion.ledger.writes import insert_new, insert_once

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection


def save_reports(connection: Connection, rows: list[dict[str, str]]) -> None:
    """Keep texts (`name`, `value`), within a transaction; each replaces the one before it."""
    insert_new(connection, META, rows)
    for row in rows:
        same = META.c.name == row["name"]
        connection.execute(update(META).where(same).values(value=row["value"]))


class StoredValuesMixin(LedgerBase):
    """Flags, and the values of adapters."""

    def set_flag_once(self, name: str) -> bool:
        """Set a flag; returns whether nobody had set it before."""
        there = select(META.c.name).where(META.c.name == name).with_for_update()
        with self._write() as connection:
            if connection.execute(there).first() is not None:
                return False
            return insert_once(connection, META, {"name": name, "value": "done"})

    def list_flags(self, prefix: str) -> set[str]:
        """The flags whose names begin with `prefix`."""
        query = select(META.c.name).where(META.c.name.startswith(prefix, autoescape=True))
        with self._read() as connection:
            return set(connection.execute(query).scalars())

    def clear_flags(self, prefix: str, keep: Collection[str]) -> None:
        """Clear the flags whose names begin with `prefix`, except those in `keep`."""
        others = META.c.name.startswith(prefix, autoescape=True) & META.c.name.not_in(list(keep))
        with self._write() as connection:
            connection.execute(delete(META).where(others))

    def save_report(self, name: str, text: str) -> None:
        """Keep a text under a name that no flag has; it replaces the one before it."""
        with self._write() as connection:
            save_reports(connection, [{"name": name, "value": text}])

    def list_reports(self, prefix: str) -> dict[str, str]:
        """The texts that were kept under names that begin with `prefix`, by name."""
        query = select(META).where(META.c.name.startswith(prefix, autoescape=True))
        with self._read() as connection:
            return {row.name: row.value for row in connection.execute(query)}

    def save_adapter_value(self, account: str, name: str, value: str) -> None:
        """Keep a small value of an adapter (already encrypted)."""
        same = (MEMORY.c.account == account, MEMORY.c.name == name)
        with self._write() as connection:
            insert_new(connection, MEMORY, [{"account": account, "name": name, "value": value}])
            connection.execute(update(MEMORY).where(*same).values(value=value))

    def load_adapter_value(self, account: str, name: str) -> str | None:
        """The value last kept, or None."""
        query = select(MEMORY.c.value).where(MEMORY.c.account == account, MEMORY.c.name == name)
        with self._read() as connection:
            value: str | None = connection.execute(query).scalar_one_or_none()
            return value
