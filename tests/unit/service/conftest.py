"""A real ledger for those who use one."""

from __future__ import annotations

from tests.fakes.database_fixtures import sqlite_template, sqlite_testbed

__all__ = ("sqlite_template", "sqlite_testbed")
