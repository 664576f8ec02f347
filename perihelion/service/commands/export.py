"""`export`: prints what other programs read."""

from __future__ import annotations

import click

from perihelion.schedule.json_schema import build_included_json_schema, build_json_schema
from perihelion.service.console import print_json

FORMS = {"schema": build_json_schema, "missions-schema": build_included_json_schema}


@click.command("export")
@click.argument("form", type=click.Choice(list(FORMS)))
def command(*, form: str) -> None:
    """Print the schedule's JSON Schema.

    With `schema`, an editor can complete and check schedule.yaml while you type;
    `missions-schema` is for the files that it includes; keep it next to schedule.schema.json.
    """
    print_json(FORMS[form]())
