"""`export`: prints what other programs read."""

from __future__ import annotations

import click

from perihelion.schedule.json_schema import build_json_schema
from perihelion.service.console import print_json


@click.command("export")
@click.argument("form", type=click.Choice(["schema"]))
def command(*, form: str) -> None:  # noqa: ARG001 - there is only one so far
    """Print the schedule's JSON Schema.

    With `schema`, an editor can complete and check schedule.yaml while you type.
    """
    print_json(build_json_schema())
