"""The databases that a crash is survived on."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.fakes.postgres import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.postgres import PostgresServer

__all__ = ("postgres",)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """DATABASE_URL of an empty PostgreSQL database; None for SQLite in the state folder."""
    if request.param == "sqlite":
        yield None
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"crash_{uuid.uuid4().hex}"
    yield server.create_database(name)
    server.execute_sql(f"DROP DATABASE {name} WITH (FORCE)")
