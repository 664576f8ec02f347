"""`import`: events from other programs' files, drafted for review."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import ConfigurationError, UsageError
from perihelion.service.console import format_count, print_line
from perihelion.service.options import override_environment, schedule_option
from perihelion.service.program import find_program
from perihelion.service.settings import read_settings

if TYPE_CHECKING:
    from perihelion.model.missions import Schedule
    from perihelion.service.drafts.review import Review

_SHOWN_WARNINGS = 20
"""How many drafts are named on the terminal besides the file that has them all."""

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
        rows = read_rows(file, table_format)
        write_review(import_rows(str(file), rows, columns, known), output)


for _name, _summary in {
    "csv": "Draft the events of a CSV file, separated by commas, semicolons or tabs.",
    "ics": "Draft the events of a calendar.",
    "json": "Draft the events of a JSON file: a list of objects.",
    "wikidata": "Draft the events of a query's result that query.wikidata.org saved as JSON.",
}.items():
    _add_format(_name, _summary)


@command.command("replay")
@file_argument
@click.option("--mission", metavar="ID", required=True, help="The id of the mission.")
@click.option("--name", help="The name of the mission; by default its id.")
@click.option("--source", required=True, help="What records it: a title or an address.")
@click.option("--zone", default="UTC", show_default=True, help="The zone of the times.")
@click.option(
    "--years", default="every", show_default=True, help="When it is told again: every, round, 12."
)
@output_option
@schedule_option
def draft_replay(  # noqa: PLR0913 - each is an option
    *,
    file: Path,
    mission: str,
    name: str | None,
    source: str,
    zone: str,
    years: str,
    output: Path | None,
    schedule: str | None,
) -> None:
    """Draft a replay from plain text, a line for each post.

    A line is a local date and time, perhaps the letter r (it answers the post before, as every
    post of a replay does), and the text: 1660-01-02 11:18 r This is a reply. Empty lines and those
    that begin with # are left out. Lines that are wrong or out of order are listed, each with its
    number and text.
    """
    from perihelion.service.drafts.replay_text import ReplayMission, import_replay

    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{file} cannot be read: {reason}") from None
    told = ReplayMission(mission, name or mission, years, zone, source)
    write_review(import_replay(text, str(file), told, load_known_events(schedule)), output)


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
        print_line(f"{draft.place}: left out, as it is {draft.warnings[-1]}", sys.stderr)
    marked = [draft for draft in found.drafts if draft.warnings]
    for draft in marked[:_SHOWN_WARNINGS]:
        print_line(f"{draft.place}: {'; '.join(draft.warnings)}", sys.stderr)
    count = format_count(len(found.drafts), "drafts")
    print_line(
        f"{count}, {len(marked)} with a warning. Look at each before you add it.", sys.stderr
    )


def _write(found: Review, output: Path | None) -> None:
    from perihelion.service.drafts.draft_file import HEADER, render_drafts

    text = find_program().name_commands(HEADER) + render_drafts(found.drafts)
    if output is None:
        print_line(text.rstrip("\n"))
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{output} exists already; name a new file") from None
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
