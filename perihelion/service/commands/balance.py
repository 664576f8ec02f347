"""`balance`: how the schedule's events are shared out."""

from __future__ import annotations

from pathlib import Path

import click

from perihelion.service.balance import measure_balance
from perihelion.service.console import print_json, show_table
from perihelion.service.options import environment_options, json_option
from perihelion.service.wiring import open_app


@click.command("balance")
@click.option(
    "--women",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the names of women, one a line, as `people` has them.",
)
@json_option
@environment_options
def command(*, women: Path | None, as_json: bool, environ: dict[str, str]) -> None:
    """Count the events by decade, agency, people, sources and days.

    Also by importance, kind and language, so that an editor sees what the schedule lacks.
    """
    lines = women.read_text(encoding="utf-8").splitlines() if women else []
    names = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    sections = measure_balance(open_app(environ).schedule, names)
    if as_json:
        print_json({section.name: section.counts for section in sections})
        return
    rows = [(one.name, name, number) for one in sections for name, number in one.counts.items()]
    show_table(("what", "of which", "number"), rows)
