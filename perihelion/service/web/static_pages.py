"""What only a site of files has: a page for wrong addresses, and an index for searching."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, render_template

from perihelion.service.web.static_links import NOT_FOUND, choose_file
from perihelion.service.web.view import find_prefix
from perihelion.service.web.words import LANGUAGES, Words

if TYPE_CHECKING:
    from perihelion.model.missions import Event
    from perihelion.service.web.view import WebContext


def make_static_pages(context: WebContext) -> Blueprint:
    """The blueprint of `/404.html` and of `/search/LANGUAGE.js`."""
    pages = Blueprint("static-pages", __name__)

    @pages.route(f"/{NOT_FOUND}")
    def show_not_found() -> str:
        words = [Words(one) for one in LANGUAGES]
        shared = context.shared(LANGUAGES[0])
        return render_template("not_found.html", words=words[0], spoken=words, **shared)

    @pages.route("/search/<language>.js")
    def send_index(language: str) -> Response:
        if language not in LANGUAGES:
            abort(404)
        events = sorted(context.site.events.values(), key=_sort_key)
        found = [_index_event(context, one, Words(language)) for one in events]
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        # A script, as a browser that opens the files from a disk fetches nothing else.
        return Response(f"const EVENTS = {text};\n", content_type="text/javascript; charset=utf-8")

    return pages


def _index_event(context: WebContext, event: Event, words: Words) -> list[str]:
    """The event's file, title, date and mission, and all else in which words are looked for."""
    text = context.choose_text(event, words.language)
    page = f"{find_prefix(words.language)}/e/{event.full_id}".removeprefix("/")
    mission = event.mission.name_in(words.language)
    also = " ".join((*text.people, *event.mission.tags, *event.tags, text.text))
    return [choose_file(page), text.title, words.name_moment(event.moment), mission, also]


def _sort_key(event: Event) -> tuple[int, str]:
    """The most important first, then the oldest, as the website's own search answers."""
    return -event.importance, event.moment.day.isoformat()
