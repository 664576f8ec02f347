"""`add`: an event, from questions or options into its file."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

import click

from perihelion.model.errors import ConfigurationError, UsageError
from perihelion.schedule.load import load_with_mistakes
from perihelion.service.added_events import read_text, undo_addition, write_addition
from perihelion.service.console import print_line
from perihelion.service.event_posts import show_posts
from perihelion.service.event_view import find_event, find_next_anniversary, preview_on_networks
from perihelion.service.new_event import find_problem, make_new_event, parse_source
from perihelion.service.new_event_questions import ask_for_rest
from perihelion.service.new_event_text import (
    Insertion,
    insert_event,
    insert_mission,
    render_event,
    render_mission,
)
from perihelion.service.new_mission import make_file_header, suggest_file
from perihelion.service.options import environment_options
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.service.new_event import NewEvent
    from perihelion.service.wiring import App

_REQUIRED = {"mission": "--mission", "title": "--title", "at": "--date", "sources": "--source"}


@click.command("add")
@click.option("--mission", help="The mission's id.")
@click.option("--mission-name", help="The mission is a new one: its name.")
@click.option("--agency", "agencies", multiple=True, help="A new mission's; may be repeated.")
@click.option("--file", help="A new mission's file, from the schedule's folder on.")
@click.option("--title", help="What happened.")
@click.option("--date", "at", help="When: 1969-07-20, or in UTC 1969-07-20T20:17Z.")
@click.option("--kind", help="Its kind, such as launch or landing; by default event.")
@click.option("--text", help="A sentence or two about it.")
@click.option("--person", "people", multiple=True, help="Who; may be repeated.")
@click.option("--source", "sources", multiple=True, help="title <https://...>; may be repeated.")
@click.option("--picture", help="A picture's file, from the schedule's folder on.")
@click.option("--alt", help="With --picture: what it shows.")
@click.option("--credit", help="With --picture: whose it is.")
@click.option("--id", "event_id", help="Its id in the mission; by default made from the title.")
@click.option("--anyway", is_flag=True, help="Add it although another event looks the same.")
@click.option("--undo", "undoes", is_flag=True, help="Take out what was added last.")
@environment_options
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    picture: str | None,
    alt: str | None,
    credit: str | None,
    event_id: str | None,
    anyway: bool,
    undoes: bool,
    environ: dict[str, str],
    **options: Any,
) -> int:
    """Add an event to the schedule.

    On a terminal it asks for what no option gives, shows the post on every network, and asks
    before it writes. Elsewhere --mission, --title, --date and --source are needed. The event goes
    into its mission's file, by date; nothing else in the file changes. With --mission-name, a new
    mission is written with it, into --file.
    """
    app = open_app(environ)
    if undoes:
        event, file = undo_addition(app)
        removed = "" if file.exists() else ", and the file was removed"
        print_line(f"{event} is no longer in {file}{removed}.")
        return 0
    given = {name: value for name, value in options.items() if value}
    if given.get("sources"):
        given["sources"] = [parse_source(one) for one in given["sources"]]
    given |= {name: list(given[name]) for name in ("people", "agencies") if name in given}
    if not given.get("mission_name") and {"agencies", "file"} & set(given):
        raise UsageError("--agency and --file go with --mission-name")
    if picture:
        given["pictures"] = [{"file": picture, "alt": alt or "", "credit": credit or ""}]
    elif alt or credit:
        raise UsageError("--alt and --credit go with --picture")
    if event_id:
        given["id"] = event_id
    asks = sys.stdin.isatty() and sys.stdout.isatty()
    return _add(app, given, asks=asks, anyway=anyway)


def _add(app: App, given: Mapping[str, Any], *, asks: bool, anyway: bool) -> int:
    _require_right(app, given, asks=asks)
    missing = [option for name, option in _REQUIRED.items() if name not in given]
    if missing and not asks:
        raise UsageError(f"without a terminal to ask on, {', '.join(missing)} must be given")
    new = make_new_event(app, ask_for_rest(app, given) if asks else _choose_file(app, given))
    for mistake in new.mistakes:
        print_line(mistake)
    for twin in new.twins:
        print_line(f"{new.draft.full_id} {twin}")
    if new.mistakes:
        return 1
    if new.twins and not anyway and not (asks and click.confirm("Add it anyway?")):
        print_line("Nothing was added. If it is another event, give --anyway.")
        return 1
    return _write(app, new, asks=asks)


def _require_right(app: App, given: Mapping[str, Any], *, asks: bool) -> None:
    """Raise UsageError for wrong options. If it `asks`, an unknown mission is asked about later."""
    answers = dict(given)
    if "mission_name" in answers and "mission" in answers:
        answers["new_mission"] = answers.pop("mission")
    elif asks:
        answers.pop("mission", None)
    problems = [find_problem(app, name, value) for name, value in answers.items()]
    if any(problems):
        raise UsageError("\n".join(filter(None, problems)))


def _choose_file(app: App, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is given, with a file for a new mission. Raises UsageError if it cannot be written."""
    if "mission_name" not in given or "file" in given:
        return given
    file = suggest_file(app.settings.schedule, app.schedule.include, given["mission"])
    _require_right(app, {"file": file}, asks=False)
    return {**given, "file": file}


def _write(app: App, new: NewEvent, *, asks: bool) -> int:
    file, insertion = _insert(app, new)
    schedule, mistakes = load_with_mistakes(
        app.settings.schedule,
        lambda path: insertion.text.encode() if path == file else path.read_bytes(),
        () if file.exists() else (file,),
    )
    if mistakes:
        raise ConfigurationError(mistakes)
    after = replace(app, schedule=schedule)
    event = find_event(after, new.draft.full_id)
    seen = find_next_anniversary(event, app.clock.now().date())
    print_line(f"{file}:{insertion.line}\n{insertion.block.rstrip()}\n")
    show_posts(preview_on_networks(after, seen) if seen else ())
    if asks and not click.confirm("Write it?", default=True):
        print_line("Nothing was written.")
        return 1
    if _read_if_there(file) != insertion.before:
        raise UsageError(f"{file} was changed meanwhile, so nothing was written; add it again")
    write_addition(app.settings.state, file, event.full_id, insertion)
    print_line(f"Added {event.full_id}. `python bot.py add --undo` takes it out again.")
    return 0


def _insert(app: App, new: NewEvent) -> tuple[Path, Insertion]:
    """The mission's file, and what it will be."""
    if new.file:
        return _insert_mission(app, new)
    events = [one for one in app.schedule.events if one.mission.id == new.draft.mission]
    if not events:
        raise UsageError(f"{new.draft.mission} has no event yet; write its first one by hand")
    events.sort(key=lambda one: one.location.line if one.location else 0)
    file = Path(events[0].location.file if events[0].location else app.settings.schedule)
    day = new.day or events[-1].moment.day
    return file, insert_event(read_text(file), render_event(new.draft), events, day)


def _insert_mission(app: App, new: NewEvent) -> tuple[Path, Insertion]:
    """A new mission's file, which may be new as well, and what it will be."""
    file = app.settings.schedule.parent / new.file
    block = render_mission(new.draft)
    if not file.exists():
        head = make_file_header(app.settings.schedule, new.file)
        text = head + indent(block, "  ")
        return file, Insertion("", text, text, head.count("\n") + 1)
    first_days: dict[str, date] = {}
    for event in sorted(app.schedule.events, key=lambda one: one.moment.day):
        first_days.setdefault(event.mission.id, event.moment.day)
    day = new.day or date.max
    return file, insert_mission(read_text(file), block, first_days, day, str(file))


def _read_if_there(file: Path) -> str:
    return read_text(file) if file.exists() else ""
