"""The options that several verbs share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from perihelion.model.deliveries import DeliveryKey
from perihelion.model.errors import UsageError
from perihelion.service.clock import INSTANT

if TYPE_CHECKING:
    from collections.abc import Callable

Verb = TypeVar("Verb", bound="Callable[..., Any]")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
at_option = click.option("--at", type=INSTANT, help="Start the clock at this instant: a rehearsal.")
yes_option = click.option(
    "--yes", is_flag=True, help="With --at: really post to accounts that are not on this machine."
)
days_option = click.option("--days", type=click.IntRange(1, 3660), help="How many days to look at.")

_STATE_OPTION = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="The state folder, instead of PERIHELION_STATE.",
)
_SCHEDULE_OPTION = click.option(
    "--schedule",
    type=click.Path(path_type=Path),
    help="The schedule, instead of PERIHELION_SCHEDULE.",
)


def path_options(verb: Verb) -> Verb:
    """Give a verb `--state DIR` and `--schedule FILE`."""
    return _STATE_OPTION(_SCHEDULE_OPTION(verb))


def parse_key(text: str) -> DeliveryKey:
    """The key that a person typed. Raises UsageError, which shows what one looks like."""
    try:
        return DeliveryKey.parse(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no key; `python bot.py status` lists keys such as "
            "mastodon:year-in-space/landing:11-years:1"
        ) from None


def print_json(value: object) -> None:
    """Print `value` as JSON, readable by people too."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_encode_value))


def _encode_value(value: object) -> str:
    from perihelion.service.formatting import format_iso  # noqa: PLC0415 - only JSON output needs it

    return format_iso(value)


__all__ = [
    "at_option",
    "days_option",
    "json_option",
    "parse_key",
    "path_options",
    "print_json",
    "yes_option",
]
