"""`edit`: an event in the person's editor, and checked afterwards."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import ConfigurationError, UsageError
from perihelion.schedule.load import load_with_mistakes
from perihelion.schedule.suggestions import find_closest_match
from perihelion.service.console import print_line
from perihelion.service.editors import open_editor
from perihelion.service.event_check import check_event
from perihelion.service.event_posts import show_posts
from perihelion.service.event_view import find_event
from perihelion.service.local_faults import locate_event
from perihelion.service.options import environment_options
from perihelion.service.settings import read_settings
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.model.source_location import SourceLocation


@click.command("edit")
@click.argument("event_id", metavar="ID")
@environment_options
def command(*, event_id: str, environ: dict[str, str]) -> int:
    """Open an event in your editor, then check it.

    ID is mission/event, as `search` lists it. The editor is that of $VISUAL or $EDITOR. When you
    close it, the mistakes and the advice about the event are shown, with its next post on every
    network.
    """
    place = _find_place(read_settings(environ).schedule, event_id)
    while True:
        open_editor(place, environ)
        if _check(environ, event_id):
            return 0
        if not sys.stdin.isatty() or not click.confirm("Open the editor again?", default=True):
            return 1


def _find_place(schedule: Path, event_id: str) -> SourceLocation:
    """Where the event stands, also in a schedule with mistakes elsewhere. Raises UsageError."""
    found, mistakes = load_with_mistakes(schedule)
    for event in found.events:
        if event.full_id == event_id:
            return locate_event(event)
    if mistakes:
        raise ConfigurationError(mistakes)
    close = find_closest_match(event_id, tuple(event.full_id for event in found.events))
    hint = f"did you mean {close}?" if close else "`search WORDS` finds the ids"
    raise UsageError(f"there is no event {event_id!r}; {hint}")


def _check(environ: dict[str, str], event_id: str) -> bool:
    """Whether the schedule can be used and the event has no mistakes; prints what there is."""
    try:
        app = open_app(environ)
        event = find_event(app, event_id)
    except (ConfigurationError, UsageError) as error:
        print_line(str(error))
        return False
    found = check_event(app, event)
    show_posts(found.posts)
    for mistake in found.mistakes:
        print_line(mistake)
    for advice in found.advice:
        print_line(f"{advice.location}: advice: {advice.message} [{advice.code}]")
    if not found.mistakes:
        print_line(f"No mistakes in {event_id}.")
    return not found.mistakes
