"""`import`: events from other programs' files, drafted for review."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import ConfigurationError, UsageError
from perihelion.service.console import format_count, print_line
from perihelion.service.options import override_environment, schedule_option
from perihelion.service.settings import read_settings

if TYPE_CHECKING:
    from perihelion.model.missions import Schedule
    from perihelion.service.drafts.review import Review

_PATH = click.Path(dir_okay=False, path_type=Path)
_mapping_option = click.option(
    "--mapping", type=_PATH, help="A YAML file that says which column is which field of an event."
)
output_option = click.option(
    "--output", type=_PATH, help="The new file for the drafts; by default they are printed."
)
file_argument = click.argument("file", metavar="FILE", type=_PATH)


@click.group("import")
def command() -> None:
    """Draft events from another program's file, for review.

    Nothing is added to the schedule. What the schedule has already is left out, and what looks the
    same is marked. If a row is wrong, all mistakes are listed and nothing is written.
    """


def _add_format(name: str, summary: str) -> None:
    @command.command(name, help=summary)
    @file_argument
    @_mapping_option
    @output_option
    @schedule_option
    def draft(
        *, file: Path, mapping: Path | None, output: Path | None, schedule: str | None
    ) -> None:
        from perihelion.service.drafts.field_mapping import read_mapping
        from perihelion.service.drafts.import_rows import import_rows
        from perihelion.service.drafts.tables import FORMATS, read_rows

        table_format = FORMATS[name]
        columns = read_mapping(mapping) if mapping else table_format.mapping
        known = load_known_events(schedule)
        write_review(import_rows(read_rows(file, table_format), columns, known), output)


for _name, _summary in {
    "csv": "Draft the events of a CSV file, separated by commas, semicolons or tabs.",
    "ics": "Draft the events of a calendar.",
    "json": "Draft the events of a JSON file: a list of objects.",
    "wikidata": "Draft the events of a query's result that query.wikidata.org saved as JSON.",
}.items():
    _add_format(_name, _summary)


def load_known_events(schedule: str | None) -> Schedule:
    """The schedule that the drafts are compared with. Raises ConfigurationError."""
    from perihelion.schedule.load import load_schedule

    return load_schedule(read_settings(override_environment(schedule=schedule)).schedule)


def write_review(found: Review, output: Path | None) -> None:
    """Write the drafts to a new file or to stdout, and tell of what was left out.

    Raises ConfigurationError for mistakes in the drafts, UsageError if the file cannot be made.
    """
    if found.mistakes:
        raise ConfigurationError(found.mistakes)
    _write(found, output)
    for draft in found.present:
        print_line(f"{draft.place}: left out, as it is {draft.notes[-1]}", sys.stderr)
    marked = sum(bool(draft.notes) for draft in found.drafts)
    count = format_count(len(found.drafts), "drafts")
    print_line(
        f"{count}, {marked} of them with notes. Look at each before you add it to the schedule.",
        sys.stderr,
    )


def _write(found: Review, output: Path | None) -> None:
    from perihelion.service.drafts.draft_file import HEADER, render_drafts

    text = HEADER + render_drafts(found.drafts)
    if output is None:
        print_line(text.rstrip("\n"))
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
