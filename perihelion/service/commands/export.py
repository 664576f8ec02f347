"""`export`: what other programs read, and the website as files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.schedule.json_schema import build_included_json_schema, build_json_schema
from perihelion.service.clock import SystemClock
from perihelion.service.console import print_json
from perihelion.service.options import override_environment, schedule_option, span_type
from perihelion.service.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from perihelion.model.missions import Event, Schedule
    from perihelion.service.settings import Settings

_output_option = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; by default stdout.",
)
_missions_option = click.option(
    "--mission", "missions", metavar="ID", multiple=True, help="Only this mission; repeatable."
)
_language_option = click.option(
    "--language", default="en", show_default=True, help="The language of the words: en, de or es."
)


@click.group("export")
def command() -> None:
    """Write events, calendars, feeds or the website for other programs."""


@command.command("csv")
@_missions_option
@_output_option
@schedule_option
def write_csv(*, missions: Sequence[str], output: Path | None, schedule: str | None) -> None:
    """Write a table of the events, which `import csv` reads.

    Cells that hold several values hold each on a line of its own. Translations, pictures, further
    texts and milestones have no place in it.
    """
    from perihelion.service.exports import export_csv

    _write(export_csv(_load_events(schedule, missions)[2]), output)


@command.command("json")
@_missions_option
@_output_option
@schedule_option
def write_json(*, missions: Sequence[str], output: Path | None, schedule: str | None) -> None:
    """Write the events as a list of objects, which `import json` reads.

    Translations, pictures, further texts and milestones are not in it.
    """
    from perihelion.service.exports import export_json

    _write(export_json(_load_events(schedule, missions)[2]), output)


@command.command("ics")
@_missions_option
@_language_option
@click.option(
    "--alarm", metavar="SPAN", type=span_type, help="Remind so long before each day, such as 12h."
)
@_output_option
@schedule_option
def write_calendar(
    *,
    missions: Sequence[str],
    language: str,
    alarm: timedelta | None,
    output: Path | None,
    schedule: str | None,
) -> None:
    """Write a calendar in which each event returns every year; `import ics` reads it.

    With PERIHELION_SITE, its entries lead to the website's pages.
    """
    from perihelion.service.exports import export_calendar

    _require_language(language)
    settings, loaded, events = _load_events(schedule, missions)
    data = export_calendar(
        settings, loaded, events, clock=SystemClock(), language=language, alarm=alarm
    )
    _write(data, output)


@command.command("atom")
@_language_option
@_output_option
@schedule_option
def write_atom(*, language: str, output: Path | None, schedule: str | None) -> None:
    """Write the website's Atom feed: what is remembered today and in the last fortnight."""
    _write_feed(language, "atom", output, schedule)


@command.command("json-feed")
@_language_option
@_output_option
@schedule_option
def write_json_feed(*, language: str, output: Path | None, schedule: str | None) -> None:
    """Write the website's JSON Feed: what is remembered today and in the last fortnight."""
    _write_feed(language, "json", output, schedule)


def _write_feed(language: str, form: str, output: Path | None, schedule: str | None) -> None:
    from perihelion.service.exports import export_feed

    _require_language(language)
    environ = override_environment(schedule=schedule)
    site = read_settings(environ).site
    _write(export_feed(environ, site, f"/feeds/{language}.{form}"), output)


def _require_language(language: str) -> None:
    from perihelion.service.web.words import LANGUAGES

    if language not in LANGUAGES:
        raise UsageError(f"there are no words in {language!r}; use {', '.join(LANGUAGES)}")


def _load_events(
    schedule: str | None, missions: Sequence[str]
) -> tuple[Settings, Schedule, list[Event]]:
    from perihelion.schedule.load import load_schedule
    from perihelion.service.exports import select_events

    settings = read_settings(override_environment(schedule=schedule))
    loaded = load_schedule(settings.schedule)
    return settings, loaded, select_events(loaded, missions)


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None


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
