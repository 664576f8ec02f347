"""The questions that `add` asks on a terminal; what is wrong is explained and asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from perihelion.service.console import print_line
from perihelion.service.new_event import find_missions, find_problem, parse_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.service.wiring import App

MAX_LISTED = 12
"""How many missions are listed before more words are asked for."""


def ask_for_rest(app: App, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, with those that were given already as they are. Raises Abort on Ctrl-C."""
    found = dict(given)
    for name, ask in (
        ("mission", _ask_mission),
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


def _prompt(question: str, default: str | None = None) -> str:
    answer: str = click.prompt(question, default=default, show_default=bool(default))
    return answer.strip()


def _ask(app: App, name: str, question: str, default: str | None = None) -> str:
    while True:
        answer = _prompt(question, default)
        problem = find_problem(app, name, answer) if answer else ""
        if not problem:
            return answer
        print_line(f"  {problem}")


def _ask_mission(app: App) -> str:
    while True:
        words = _prompt("Which mission (its id, or a part of its name)")
        found = find_missions(app.schedule, words)
        if len(found) == 1:
            print_line(f"  {found[0].id}: {found[0].name}")
            return found[0].id
        if not found:
            print_line(f"  {find_problem(app, 'mission', words)}")
        for one in found[:MAX_LISTED]:
            print_line(f"  {one.id}: {one.name}")
        if len(found) > MAX_LISTED:
            print_line(f"  and {len(found) - MAX_LISTED} more; give more of the name")


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
