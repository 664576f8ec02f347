"""Marks: that something was done once, whoever did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from perihelion.ledger.promises import insert_new
from perihelion.ledger.tables import META

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection


def set_flag_once(connection: Connection, name: str) -> bool:
    """Whether this call is the first to set the mark `name`; it is set afterwards."""
    there = select(META.c.name).where(META.c.name == name).with_for_update()
    if connection.execute(there).first() is not None:
        return False
    return insert_new(connection, META, [{"name": name, "value": "done"}]) == 1


def list_flags(connection: Connection, prefix: str) -> set[str]:
    """The marks that begin with `prefix`."""
    query = select(META.c.name).where(META.c.name.startswith(prefix, autoescape=True))
    return set(connection.execute(query).scalars())


def clear_flags(connection: Connection, prefix: str, keep: Collection[str]) -> None:
    """Take away the marks that begin with `prefix`, but for those in `keep`."""
    cleared = list_flags(connection, prefix) - set(keep)
    if cleared:
        connection.execute(delete(META).where(META.c.name.in_(cleared)))
