"""`show`: one event, when it returns, its posts and its deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.model.approval_rules import fingerprint_words
from perihelion.service.console import (
    format_counted,
    format_minute,
    print_json,
    print_line,
    select_fields,
    show_table,
)
from perihelion.service.event_posts import show_posts
from perihelion.service.event_view import (
    find_event,
    find_next_anniversary,
    list_event_deliveries,
    preview_on_networks,
)
from perihelion.service.options import environment_options, json_option
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.deliveries import Delivery
    from perihelion.model.missions import Event
    from perihelion.service.post_preview import PostPreview


@click.command("show")
@click.argument("event_id", metavar="ID")
@json_option
@environment_options
def command(*, event_id: str, as_json: bool, environ: dict[str, str]) -> None:
    """Show an event, its next posts and its deliveries.

    ID is mission/event, as `search` and `upcoming` list it. The posts are those of its next
    anniversary on every network, whether or not it has an account.
    """
    app = open_app(environ)
    event = find_event(app, event_id)
    seen = find_next_anniversary(event, app.clock.now().date())
    posts = list(preview_on_networks(app, seen)) if seen else []
    deliveries = list_event_deliveries(app, event)
    if as_json:
        print_json(_event_to_json(event, seen, posts, deliveries))
        return
    _print_facts(event, seen)
    if posts:
        print_line()
        show_posts(posts)
    if deliveries:
        print_line()
        rows = [(format_minute(d.due_at), d.state, d.key, d.url or d.reason) for d in deliveries]
        show_table(("due (UTC)", "state", "key", "where or why"), rows)


def _print_facts(event: Event, seen: Anniversary | None) -> None:
    print_line(click.style(f"{event.full_id}  {event.title}", bold=True))
    for name, value in (
        ("mission", ", ".join((event.mission.name, *event.mission.agencies))),
        ("when", f"{format_minute(event.moment.instant)} UTC" if event.moment.instant else ""),
        ("day", f"{event.moment.day} ({event.moment.zone})"),
        ("kind", f"{event.kind}, importance {event.importance}, tone {event.tone}"),
        ("people", ", ".join(event.people)),
        ("text", event.text),
        ("languages", ", ".join(language for language, _ in event.translations)),
        *(("source", f"{one.title} {one.page}".strip()) for one in event.sources),
        ("words", fingerprint_words(event)),
        ("approved", f"by {event.approved.by}" if event.approved else ""),
        ("file", event.location),
        ("next", f"{seen.day}, {format_counted(seen)}" if seen else "never"),
    ):
        if value:
            print_line(f"  {name}: {value}")


def _event_to_json(
    event: Event,
    seen: Anniversary | None,
    posts: Sequence[PostPreview],
    deliveries: Sequence[Delivery],
) -> dict[str, object]:
    return {
        "event": event.full_id,
        "mission": event.mission.name,
        "agencies": event.mission.agencies,
        "day": event.moment.day,
        "at": event.moment.instant,
        **select_fields(event, "kind", "importance", "tone", "title", "text", "people"),
        "languages": [language for language, _ in event.translations],
        "sources": [{"title": one.title, "page": one.page or None} for one in event.sources],
        "location": str(event.location) if event.location else None,
        "words": fingerprint_words(event),
        "next": select_fields(seen, "day", "count", "unit") if seen else None,
        "posts": [_post_to_json(one) for one in posts],
        "deliveries": [
            {"key": str(one.key), **select_fields(one, "state", "due_at", "url", "reason")}
            for one in deliveries
        ],
    }


def _post_to_json(one: PostPreview) -> dict[str, object]:
    return {
        "account": one.due.account.name,
        "network": one.due.account.network,
        "at": one.due.at,
        "text": one.post.text if one.post else None,
        "length": one.length,
        "limit": one.limit,
        "left_out": one.due.left_out,
        "problem": one.problem or None,
    }
