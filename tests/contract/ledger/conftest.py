"""The ledgers that every test of the contract runs on."""

from __future__ import annotations

from tests.fakes.databases import (
    empty_url,
    postgres_template,
    postgres_world,
    sqlite_template,
    sqlite_world,
    world,
)
from tests.fakes.postgres import postgres

__all__ = (
    "empty_url",
    "postgres",
    "postgres_template",
    "postgres_world",
    "sqlite_template",
    "sqlite_world",
    "world",
)
