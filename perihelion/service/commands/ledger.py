"""`ledger copy`: moves the ledger to another database."""

from __future__ import annotations

import os
from datetime import timedelta

import click

from perihelion.service.clock import SystemClock
from perihelion.service.console import format_count, print_line, show_table
from perihelion.service.settings import read_ledger_address, read_settings

_ALIVE = timedelta(minutes=2)
_ALIVE_TICKS = 2
"""A worker that has shown itself within this time, or so many ticks, may still be running."""
_SHOWN_DIGITS = 16


@click.group("ledger")
def command() -> None:
    """Copy the ledger to another database."""


@command.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(*, source: str, target: str) -> None:
    """Copy the ledger FROM into the empty database TO, with its whole history.

    Each is an address as DATABASE_URL takes it, the path of a SQLite file, or the name of a
    variable that holds the address, which keeps a password off the command line. Stop every worker
    first. The copy is read back and compared; until then, no worker uses it.
    """
    from perihelion.ledger.ledger_copy import copy_ledger

    alive_for = max(_ALIVE, _ALIVE_TICKS * read_settings(os.environ).tick)
    tables = copy_ledger(
        read_ledger_address(source, os.environ).reveal(),
        read_ledger_address(target, os.environ).reveal(),
        SystemClock().now() - alive_for,
    )
    rows = [(one.name, one.rows, one.sha256[:_SHOWN_DIGITS]) for one in tables]
    show_table(("table", "rows", "SHA-256"), rows)
    total = format_count(sum(one.rows for one in tables), "rows")
    print_line(f"Copied {total}, read them back, and found them equal.")
    print_line(
        "Now set DATABASE_URL to the new ledger everywhere, and start no worker on the old one: "
        "both would post everything."
    )
