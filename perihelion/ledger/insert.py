"""Inserting rows that may be there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table


def insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert the rows whose key is not there yet; returns how many those were.

    The database's unique key decides.
    """
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    return connection.execute(insert(table).on_conflict_do_nothing(), rows).rowcount
