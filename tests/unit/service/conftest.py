"""A real ledger for those who use one."""

from __future__ import annotations

from tests.fakes.databases import sqlite_template, sqlite_world

__all__ = ("sqlite_template", "sqlite_world")
