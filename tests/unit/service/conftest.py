"""A real ledger, and a place for alerts, for those who use one."""

from __future__ import annotations

from tests.fakes.database_fixtures import sqlite_template, sqlite_testbed
from tests.fakes.pager import pager

__all__ = ("pager", "sqlite_template", "sqlite_testbed")
