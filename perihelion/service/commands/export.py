"""`export`: what other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.options import print_json

if TYPE_CHECKING:
    from collections.abc import Callable


def _print_schema() -> None:
    from perihelion.schedule.json_schema import build_json_schema

    print_json(build_json_schema())


_FORMS: dict[str, Callable[[], None]] = {"schema": _print_schema}


@click.command("export")
@click.argument("form", type=click.Choice(list(_FORMS)))
def command(*, form: str) -> None:
    """Print the schedule's JSON Schema.

    `schema` is what an editor needs to complete and check schedule.yaml while you type.
    """
    _FORMS[form]()
