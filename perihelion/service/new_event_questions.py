"""The questions that `add` asks on a terminal; what is wrong is explained and asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from perihelion.service.console import print_line
from perihelion.service.drafts.import_rows import make_id
from perihelion.service.new_event import find_missions, find_problem, parse_source
from perihelion.service.new_mission import list_mission_files, suggest_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.model.missions import Mission
    from perihelion.service.wiring import App

NEW = "+"
"""The answer that asks for a new mission."""
_WHICH = f"Which mission (its id, or a part of its name; {NEW} for a new one)"

MAX_LISTED = 12
"""How many missions are listed before more words are asked for."""


def ask_for_rest(app: App, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, with those that were given already as they are. Raises Abort on Ctrl-C."""
    found = {**given, **_ask_mission(app, given)}
    for name, ask in (
        ("title", lambda app: _ask(app, "title", "What happened (the title)")),
        ("at", lambda app: _ask(app, "at", "When (1969-07-20, or in UTC 1969-07-20T20:17Z)")),
        ("kind", lambda app: _ask(app, "kind", "Kind", "event")),
        ("text", lambda app: _ask(app, "text", "A sentence or two about it (may be empty)", "")),
        ("people", lambda app: _ask_list(app, "people", "Who (names; an empty line ends)")),
        ("sources", lambda app: _ask_list(app, "sources", "Source (title <https://...>)")),
        ("pictures", _ask_picture),
    ):
        if name not in found:
            found[name] = ask(app)
    return found


def _prompt(question: str, default: str = "") -> str:
    answer: str = click.prompt(question, default=default, show_default=bool(default))
    return answer.strip()


def _ask(app: App, name: str, question: str, default: str | None = None) -> str:
    """A right answer; without a `default`, also not an empty one."""
    while True:
        answer = _prompt(question, default or "")
        if not answer and default is None:
            print_line("  this needs an answer; Ctrl-C leaves everything as it was")
            continue
        problem = find_problem(app, name, answer) if answer else ""
        if not problem:
            return answer
        print_line(f"  {problem}")


def _ask_mission(app: App, given: Mapping[str, Any]) -> dict[str, Any]:
    """The id of a mission that is there, or all that is said of a new one."""
    if "mission_name" in given:
        return _ask_new_mission(app, given, given["mission_name"])
    words = given.get("mission", "")
    while True:
        words = words or _prompt(_WHICH)
        if words == NEW:
            return _ask_new_mission(app, {}, "")
        found = find_missions(app.schedule, words)
        if not found:
            print_line(f"  {find_problem(app, 'mission', words)}")
            if click.confirm("  Write a new mission?"):
                return _ask_new_mission(app, {}, words)
        _list_missions(found)
        if len(found) == 1:
            return {"mission": found[0].id}
        words = ""


def _list_missions(found: list[Mission]) -> None:
    for one in found[:MAX_LISTED]:
        print_line(f"  {one.id}: {one.name}")
    if len(found) > MAX_LISTED:
        print_line(f"  and {len(found) - MAX_LISTED} more; give more of the name")


def _ask_new_mission(app: App, given: Mapping[str, Any], words: str) -> dict[str, Any]:
    """Its id, name, agencies and file, as far as they are not given; `words` were said of it."""
    mission = given.get("mission") or _ask(app, "new_mission", "Its id", make_id(words) or None)
    called = words if words and words != mission else None
    name = given.get("mission_name") or _ask(app, "mission_name", "Its name", called)
    agencies = given.get("agencies") or _ask_list(app, "agencies", "Agencies (an empty line ends)")
    file = given.get("file") or _ask_file(app, mission)
    return {"mission": mission, "mission_name": name, "agencies": agencies, "file": file}


def _ask_file(app: App, mission: str) -> str:
    """The file for a new mission; where there is only the schedule itself, nothing is asked."""
    place = app.settings.schedule, app.schedule.include
    if not app.schedule.include:
        return suggest_file(*place, mission)
    files = list_mission_files(*place)
    print_line(f"  Files: {', '.join(files)}")
    file = _ask(app, "file", "Its file, or a new one", suggest_file(*place, mission))
    if file not in files:
        print_line(f"  {file} will be a new file")
    return file


def _ask_list(app: App, name: str, question: str) -> list[Any]:
    """Answers until an empty one; at least one source."""
    found: list[Any] = []
    while True:
        answer = _prompt(question if not found else "  another one (or an empty line)", "")
        if not answer and (found or name != "sources"):
            return found
        value = parse_source(answer) if name == "sources" else answer
        problem = find_problem(app, name, [value]) if answer else "an event needs a source"
        if problem:
            print_line(f"  {problem}")
        else:
            found.append(value)


def _ask_picture(app: App) -> list[dict[str, str]]:
    """None, or one picture with what a post needs of it."""
    while True:
        file = _prompt("Picture (a file in the folder of the schedule; may be empty)", "")
        if not file:
            return []
        alt = _prompt("  What it shows (the alt text)")
        credit = _prompt("  Whose it is (the credit)")
        value = [{"file": file, "alt": alt, "credit": credit}]
        problem = find_problem(app, "pictures", value)
        if not problem:
            return value
        print_line(f"  {problem}")
