"""The ledgers that every test of the contract runs on."""

from __future__ import annotations

from tests.fakes.database_fixtures import (
    empty_url,
    postgres_template,
    postgres_testbed,
    sqlite_template,
    sqlite_testbed,
    testbed,
)
from tests.fakes.postgres import postgres

__all__ = (
    "empty_url",
    "postgres",
    "postgres_template",
    "postgres_testbed",
    "sqlite_template",
    "sqlite_testbed",
    "testbed",
)
