"""What search engines and link previews read: robots.txt, the sitemap and structured data."""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort

from perihelion.service.web.view import find_prefix
from perihelion.service.web.words import CALENDAR_YEAR, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.missions import Event
    from perihelion.service.web.texts import EventText
    from perihelion.service.web.view import WebContext

FIXED_PAGES = (
    *("", "year", "missions", "people", "agencies", "places", "programmes"),
    *("glossary", "subscribe", "corrections"),
)
"""The pages that every site has, besides the search and those for other screens."""

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def make_search_engines(context: WebContext) -> Blueprint:
    """The blueprint of `/robots.txt` and of a sitemap for each language."""
    blueprint = Blueprint("search-engines", __name__)
    views = _SearchEngines(context)
    for rule, view in (
        ("/robots.txt", views.send_robots),
        ("/sitemap.xml", views.send_index),
        ("/sitemap-<language>.xml", views.send_sitemap),
    ):
        blueprint.add_url_rule(rule, view_func=view)
    return blueprint


def list_pages(context: WebContext) -> Iterator[str]:
    """The paths of all pages to find, without the prefix of a language."""
    site = context.site
    yield from FIXED_PAGES
    yield from (f"a/{slug}" for slug in context.collections.agencies)
    yield from (f"l/{slug}" for slug in context.collections.places)
    yield from (f"s/{slug}" for slug in context.collections.programmes)
    yield from list_days()
    yield from (f"m/{mission}" for mission in site.missions)
    yield from (f"p/{slug}" for slug in site.people)
    yield from (f"e/{event}" for event in site.events)


def list_days() -> Iterator[str]:
    """Every day of a leap year: `02-29`."""
    for month in range(1, 13):
        for day in range(1, monthrange(CALENDAR_YEAR, month)[1] + 1):
            yield f"{month:02}-{day:02}"


def describe_event(event: Event, text: EventText, root: str, page: str) -> dict[str, Any]:
    """An event as schema.org's Event, whose page has the address `page`."""
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": page,
        "url": page,
        "name": text.title,
        "description": text.text or text.title,
        "startDate": (event.moment.instant or event.moment.day).isoformat(),
        "inLanguage": text.language,
        "superEvent": {"@type": "Event", "name": event.mission.name_in(text.language)},
    }
    if event.place is not None and event.place.point:  # else only its clocks are known to matter
        named = event.place.name_in(text.language)
        described["location"] = {"@type": "Place", "name": named}
    if event.mission.agencies:
        described["organizer"] = _name_all("Organization", event.mission.agencies)
    if event.people:
        described["performer"] = _name_all("Person", text.people)
    if event.pictures:
        described["image"] = [f"{root}/media/{one.file}" for one in event.pictures]
    return described


def _name_all(kind: str, names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@type": kind, "name": name} for name in names]


class _SearchEngines:
    """One method for each address."""

    def __init__(self, context: WebContext) -> None:
        self._context = context

    def send_robots(self) -> Response:
        hidden = [f"Disallow: {find_prefix(one)}/search" for one in LANGUAGES]
        lines = ["User-agent: *", *hidden, f"Sitemap: {self._context.root}/sitemap.xml", ""]
        return Response("\n".join(lines), content_type="text/plain; charset=utf-8")

    def send_index(self) -> Response:
        addresses = (f"{self._context.root}/sitemap-{one}.xml" for one in LANGUAGES)
        return _send_addresses("sitemapindex", "sitemap", addresses)

    def send_sitemap(self, language: str) -> Response:
        if language not in LANGUAGES:
            abort(404)
        start = f"{self._context.root}{find_prefix(language)}/"
        return _send_addresses("urlset", "url", (start + one for one in list_pages(self._context)))


def _send_addresses(outer: str, inner: str, addresses: Iterable[str]) -> Response:
    entries = "".join(f"<{inner}><loc>{escape(one)}</loc></{inner}>\n" for one in addresses)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{outer} xmlns="{_NAMESPACE}">\n{entries}'
    return Response(f"{body}</{outer}>\n", content_type="application/xml; charset=utf-8")
