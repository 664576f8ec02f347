"""Feeds of what is observed each day, and calendars to subscribe to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request

from perihelion.service.web.calendars import render_calendar, render_round_calendar
from perihelion.service.web.collections import list_latest
from perihelion.service.web.view import find_prefix
from perihelion.service.web.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event
from perihelion.service.web.view import WebContext

FEED_DAYS = 14
"""How many days a feed goes back: what a reader may miss who looks once a fortnight."""

ROUND_DAYS = 366 * 3
"""How far the calendar of round anniversaries looks ahead."""


def make_feeds(context: WebContext) -> Blueprint:
    """The blueprint of all feeds and calendars."""
    feeds = Blueprint("feeds", __name__)
    views = _Feeds(context)
    for rule, view in (
        ("/feeds/<language>.atom", views.send_atom),
        ("/feeds/<language>.json", views.send_json_feed),
        ("/calendars/<language>/all.ics", views.send_all),
        ("/calendars/<language>/round.ics", views.send_round),
        ("/feeds/<language>/<any(m, p, a, l, s):kind>/<slug>.atom", views.send_collection_feed),
        ("/feeds/<language>/e/<mission>/<event>.atom", views.send_event_feed),
        ("/calendars/<language>/<any(m, p, a, l, s):kind>/<slug>.ics", views.send_collection),
        ("/calendars/<language>/e/<mission>/<event>.ics", views.send_event),
    ):
        feeds.add_url_rule(rule, view_func=view)
    return feeds


class _Feeds:
    """One method for each; `language` is that of the words, or a 404."""

    def __init__(self, context: WebContext) -> None:
        self._context, self._site = context, context.site

    def send_atom(self, language: str) -> Response:
        words = _require_words(language)
        return self._send_atom(words["site_name"], "", self._list_seen(), words)

    def send_collection_feed(self, language: str, kind: str, slug: str) -> Response:
        words = _require_words(language)
        found = self._context.collections.find(kind, slug, language) or abort(404)
        seen = list_latest(found.events, self._context.today())
        return self._send_atom(found.name, f"{kind}/{slug}", seen, words)

    def send_event_feed(self, language: str, mission: str, event: str) -> Response:
        words = _require_words(language)
        found = self._site.events.get(f"{mission}/{event}") or abort(404)
        title = self._context.choose_text(found, language).title
        seen = list_latest([found], self._context.today())
        return self._send_atom(title, f"e/{found.full_id}", seen, words)

    def _send_atom(
        self, title: str, page: str, seen: Iterable[Anniversary], words: Words
    ) -> Response:
        """The feed of `seen`, which belongs to the page at the path `page`."""
        from feedgenerator import Atom1Feed  # noqa: PLC0415 - 42 ms, and only for these feeds

        language = words.language
        root = self._context.root
        feed = Atom1Feed(
            title=title,
            link=f"{root}{find_prefix(language)}/{page}",
            description=words["tagline"],
            author_name=words["site_name"],  # RFC 4287 demands one
            language=language,
            feed_url=f"{root}{request.path}",
            feed_guid=f"{root}{request.path}",
        )
        for one in seen:
            text = self._context.choose_text(one.event, language)
            feed.add_item(
                title=_title_anniversary(one, text.title, words),
                link=f"{root}{find_prefix(language)}/e/{one.event.full_id}",
                description=escape(text.text or text.title, quote=False),  # it is written as HTML
                unique_id=self._make_tag(one),
                pubdate=_start_of_day(one),
                updateddate=_start_of_day(one),
                categories=(one.event.mission.name,),
            )
        return Response(feed.writeString("utf-8"), content_type="application/atom+xml")

    def send_json_feed(self, language: str) -> Response:
        words = _require_words(language)
        root = self._context.root
        items = []
        for one in self._list_seen():
            text = self._context.choose_text(one.event, language)
            items.append(
                {
                    "id": self._make_tag(one),
                    "url": f"{root}{find_prefix(language)}/e/{one.event.full_id}",
                    "title": _title_anniversary(one, text.title, words),
                    "content_text": text.text or text.title,
                    "date_published": _start_of_day(one).isoformat(),
                    "language": text.language,
                    "tags": [one.event.mission.name],
                }
            )
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": words["site_name"],
            "description": words["tagline"],
            "home_page_url": f"{root}{find_prefix(language)}/",
            "feed_url": f"{root}{request.path}",
            "language": language,
            "items": items,
        }
        body = json.dumps(feed, ensure_ascii=False, indent=1)
        return Response(body, content_type="application/feed+json; charset=utf-8")

    def send_all(self, language: str) -> Response:
        words = _require_words(language)
        return self._send_calendar(words["calendar_all"], self._site.schedule.events, language)

    def send_round(self, language: str) -> Response:
        words = _require_words(language)
        seen = self._site.list_observed(self._context.today(), ROUND_DAYS)
        return _make_calendar_response(
            render_round_calendar(self._context, words["calendar_round"], seen, words)
        )

    def send_collection(self, language: str, kind: str, slug: str) -> Response:
        _require_words(language)
        found = self._context.collections.find(kind, slug, language) or abort(404)
        return self._send_calendar(found.name, found.events, language)

    def send_event(self, language: str, mission: str, event: str) -> Response:
        _require_words(language)
        found = self._site.events.get(f"{mission}/{event}") or abort(404)
        return self._send_calendar(found.title, [found], language)

    def _send_calendar(self, name: str, events: Iterable[Event], language: str) -> Response:
        root = self._context.root
        return _make_calendar_response(
            render_calendar(self._context, name, events, Words(language), root)
        )

    def _make_tag(self, one: Anniversary) -> str:
        """A tag URI (RFC 4151) that stays the same whatever is corrected in the event."""
        host = urlsplit(self._context.root).hostname or "localhost"
        return f"tag:{host},2026:{one.event.full_id}/{one.count}-{one.unit}"

    def _list_seen(self) -> list[Anniversary]:
        """The last days' anniversaries, the latest day first."""
        first = self._context.today() - timedelta(days=FEED_DAYS - 1)
        seen = self._site.list_observed(first, FEED_DAYS)
        return sorted(seen, key=lambda one: one.day, reverse=True)


def _require_words(language: str) -> Words:
    if language not in LANGUAGES:
        abort(404)
    return Words(language)


def _title_anniversary(one: Anniversary, title: str, words: Words) -> str:
    return f"{title} ({words.say_ago(one)})" if one.is_counted else title


def _start_of_day(one: Anniversary) -> datetime:
    return one.instant or datetime.combine(one.day, time(), tzinfo=UTC)


def _make_calendar_response(calendar: bytes) -> Response:
    return Response(calendar, content_type="text/calendar; charset=utf-8")
