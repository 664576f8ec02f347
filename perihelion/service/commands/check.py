"""`check`: every mistake, before anyone else finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.options import json_option, path_options, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.model.source_location import Mistake


@click.command("check")
@json_option
@path_options
def command(*, as_json: bool, state: Path | None, schedule: Path | None) -> int:
    """Find every mistake in schedule, templates and posts.

    Looks at the schedule, the templates, the pictures, the accounts' settings, and every post of
    the coming year on every network.
    """
    from perihelion.service.content_checks import find_mistakes

    mistakes, looked_at = find_mistakes(state, schedule)
    if as_json:
        print_json([_mistake_to_json(mistake) for mistake in mistakes])
    else:
        for mistake in mistakes:
            click.echo(str(mistake))
        if not mistakes:
            click.echo(f"All is well: {looked_at}.")
    return 1 if mistakes else 0


def _mistake_to_json(mistake: Mistake) -> dict[str, object]:
    return {
        "file": mistake.location.file,
        "line": mistake.location.line,
        "column": mistake.location.column,
        "code": mistake.code,
        "message": mistake.message,
    }
