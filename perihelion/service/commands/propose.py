"""`propose`: what lists of launches have that the schedule lacks."""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.service.commands.import_events import (
    file_argument,
    load_known_events,
    output_option,
    write_review,
)
from perihelion.service.console import print_line
from perihelion.service.options import schedule_option

if TYPE_CHECKING:
    from pathlib import Path

_SINCE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


@click.command("propose")
@file_argument
@click.option(
    "--since", metavar="DATE", required=True, help="From then on: 2025, 2025-11, 2025-11-28."
)
@output_option
@schedule_option
def command(*, file: Path, since: str, output: Path | None, schedule: str | None) -> None:
    """Draft events from a saved list of launches, for review.

    FILE is the JSON of Launch Library 2's launches, GCAT's launch.tsv or launchlog.tsv, or the
    result of a Wikidata query as JSON. Nothing is fetched, and nothing is added to the schedule.
    What may be there already is marked, with where the two disagree.
    """
    from perihelion.service.drafts.proposals import read_proposals
    from perihelion.service.drafts.review import review_drafts

    found = read_proposals(file, _parse_since(since))
    review = review_drafts(found.drafts, load_known_events(schedule))
    for mistake in review.mistakes:
        print_line(f"left out: {mistake}", sys.stderr)
    write_review(review.keep_right(), output)
    for reason, number in found.left_out.items():
        print_line(f"left out: {number} ({reason})", sys.stderr)


def _parse_since(text: str) -> date:
    match = _SINCE.fullmatch(text)
    try:
        if match is not None:
            return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        pass
    raise UsageError(f"--since {text}: write a year, a month or a day, such as 2025-11")
