"""The options and arguments that several verbs share."""

from __future__ import annotations

import os
import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from perihelion.model.deliveries import DeliveryKey
from perihelion.model.errors import UsageError
from perihelion.model.storable_text import make_single_line
from perihelion.service.clock import parse_instant, parse_span

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")
_SCHEDULE_FILE = "schedule.yaml"

_LONGEST_NAME = 80


def as_option_type(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """`parse` for click: its ValueError becomes wrong usage with the same text."""

    def convert(text: str) -> Value:
        try:
            return parse(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return convert


span_type = as_option_type(parse_span)
"""A span of time as people write it: 12h."""


def _parse_person(text: str) -> str:
    name = make_single_line(text)
    if not 0 < len(name) <= _LONGEST_NAME:
        raise ValueError(f"write a name of 1 to {_LONGEST_NAME} characters")
    return name


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
at_option = click.option(
    "--at",
    metavar="TIME",
    type=as_option_type(parse_instant),
    help="Rehearse: start the clock at this time, such as 2027-03-02T20:00Z.",
)
until_option = click.option(
    "--until",
    metavar="TIME",
    type=as_option_type(parse_instant),
    help="When it ends by itself, such as 2027-03-02T20:00Z.",
)
alive_option = click.option(
    "--alive",
    metavar="SPAN",
    type=span_type,
    help="Exit with 1 if no worker has shown itself for so long, such as 10m.",
)
person_option = click.option(
    "--by",
    "person",
    required=True,
    metavar="NAME",
    type=as_option_type(_parse_person),
    help="Who decides it; kept in the history.",
)
yes_option = click.option(
    "--yes", is_flag=True, help="With --at: really post to accounts on other machines."
)
_STATE_OPTION = click.option(
    "--state",
    type=click.Path(file_okay=False),
    help="The state folder; overrides PERIHELION_STATE.",
)
schedule_option = click.option(
    "--schedule", type=click.Path(), help="The schedule file; overrides PERIHELION_SCHEDULE."
)


def environment_options(verb: Callable[..., object]) -> Callable[..., object]:
    """Give a verb `--state DIR` and `--schedule FILE`; it receives the environment they change."""

    @wraps(verb)
    def call(*, state: str | None, schedule: str | None, **others: object) -> object:
        return verb(environ=override_environment(state=state, schedule=schedule), **others)

    return add_environment_options(call)


def add_environment_options(verb: Callable[..., object]) -> Callable[..., object]:
    """Give a verb `--state DIR` and `--schedule FILE`, which it receives as they are."""
    return _STATE_OPTION(schedule_option(verb))


def override_environment(**chosen: str | None) -> dict[str, str]:
    """The process's environment, with `PERIHELION_<NAME>` for each `name` that was chosen.

    If nothing says where the schedule is and the current folder has none, it is the one of the
    bot.py that was started.
    """
    given = {f"PERIHELION_{name.upper()}": value for name, value in chosen.items() if value}
    environ = {**os.environ, **given}
    beside = Path(sys.argv[0]).parent / _SCHEDULE_FILE
    found_here = environ.get("PERIHELION_SCHEDULE") or Path(_SCHEDULE_FILE).exists()
    if not found_here and Path(sys.argv[0]).name == "bot.py" and beside.exists():
        environ["PERIHELION_SCHEDULE"] = str(beside)
    return environ


def parse_key(text: str) -> DeliveryKey:
    """The delivery key that a person typed. Raises UsageError, which shows what one looks like."""
    try:
        return DeliveryKey.parse(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not a delivery key. `python bot.py status` lists the keys; they look "
            "like mastodon:year-in-space/landing:11-years:1"
        ) from None
