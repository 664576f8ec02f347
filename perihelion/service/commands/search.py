"""`search`: events by words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.console import print_json, print_line, select_fields, show_table
from perihelion.service.event_search import index_events, search_events
from perihelion.service.options import environment_options, json_option
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from perihelion.model.missions import Event


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@json_option
@environment_options
def command(*, words: tuple[str, ...], as_json: bool, environ: dict[str, str]) -> None:
    """Find events by words in any language.

    All WORDS must stand in an event's title, texts, mission, people, tags or year; a part of a
    word is enough, and upper case and accents do not matter. The most important come first.
    """
    found = search_events(index_events(open_app(environ).schedule.events), " ".join(words))
    if as_json:
        print_json([_event_to_json(event) for event in found])
    elif found:
        rows = [(one.moment.day, one.importance, one.full_id, one.title) for one in found]
        show_table(("day", "importance", "event", "title"), rows)
    else:
        print_line("No event has all these words; try fewer of them, or a part of a word.")


def _event_to_json(event: Event) -> dict[str, object]:
    return {
        "event": event.full_id,
        "mission": event.mission.name,
        "day": event.moment.day,
        **select_fields(event, "kind", "importance", "title", "people"),
    }
