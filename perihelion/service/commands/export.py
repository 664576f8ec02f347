"""`export`: what other programs read, and the website as files."""

from __future__ import annotations

from pathlib import Path

import click

from perihelion.schedule.json_schema import build_included_json_schema, build_json_schema
from perihelion.service.console import print_json
from perihelion.service.options import override_environment, schedule_option


@click.group("export")
def command() -> None:
    """Write the website as files, or print the JSON Schema."""


@command.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of schedule.yaml, with which an editor completes and checks it."""
    print_json(build_json_schema())


@command.command("missions-schema")
def print_missions_schema() -> None:
    """Print the JSON Schema of the files that schedule.yaml includes."""
    print_json(build_included_json_schema())


@command.command("site")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@schedule_option
def write_site(*, folder: Path, schedule: str | None) -> None:
    """Write the whole website into DIR, for any host that serves files.

    DIR is replaced if it holds an earlier site. Set PERIHELION_SITE to the address at which it
    will stand: feeds, calendars and link previews need it.
    """
    from perihelion.service.web import static_site

    number = static_site.write_site(override_environment(schedule=schedule), folder)
    click.echo(f"{number} files in {folder}")
