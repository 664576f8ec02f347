"""`check`: every mistake, before anyone else finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.options import as_json, places, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.model.source_location import Mistake


@click.command("check")
@as_json
@places
def command(*, as_json: bool, state: Path | None, schedule: Path | None) -> int:
    """Find every mistake in schedule, templates and posts.

    Looks at the schedule, the templates, the pictures, the accounts' settings, and every post of
    the coming year on every network.
    """
    from perihelion.service.checking import find_mistakes

    mistakes, looked_at = find_mistakes(state, schedule)
    if as_json:
        print_json([_object(mistake) for mistake in mistakes])
    else:
        for mistake in mistakes:
            click.echo(str(mistake))
        if not mistakes:
            click.echo(f"All is well: {looked_at}.")
    return 1 if mistakes else 0


def _object(mistake: Mistake) -> dict[str, object]:
    return {
        "file": mistake.location.file,
        "line": mistake.location.line,
        "column": mistake.location.column,
        "code": mistake.code,
        "message": mistake.message,
    }
