"""The public pages, in one language."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, redirect, render_template, request, send_file

from perihelion.model.units import Unit
from perihelion.service.folded_text import make_slug
from perihelion.service.heat_map import choose_level
from perihelion.service.web.glossary import list_terms
from perihelion.service.web.headers import EMBED_POLICY
from perihelion.service.web.link_cards import find_card, find_picture
from perihelion.service.web.people import describe_life
from perihelion.service.web.programmes import find_programme
from perihelion.service.web.replay_progress import find_replay_progress
from perihelion.service.web.search_engines import describe_event
from perihelion.service.web.site import make_sort_key
from perihelion.service.web.view import find_prefix
from perihelion.service.web.words import CALENDAR_YEAR, Words

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from perihelion.model.missions import Event, Mission
    from perihelion.service.web.published_posts import PublishedPosts
    from perihelion.service.web.replay_progress import ReplayProgress
    from perihelion.service.web.view import WebContext

MAX_SEARCH_LENGTH = 100
ONE_DAY = timedelta(days=1)


def make_pages(context: WebContext, posts: PublishedPosts, language: str) -> Blueprint:
    """The blueprint of all pages in `language`; those of events lead to their `posts`."""
    pages = Blueprint(f"pages-{language}", __name__, url_prefix=find_prefix(language) or None)
    views = _Pages(context, posts, language)
    for rule, view in (
        ("/", views.show_today),
        ("/<int:month>-<int:day>", views.show_day),
        ("/year", views.show_year),
        ("/missions", views.show_missions),
        ("/m/<mission>", views.show_mission),
        ("/e/<mission>/<event>", views.show_event),
        ("/people", views.show_people),
        ("/<any(agencies, places, programmes):heading>", views.show_collections),
        ("/<any(p, a, l, s):kind>/<slug>", views.show_collection),
        ("/glossary", views.show_glossary),
        ("/r/<mission>", views.show_replay),
        ("/search", views.search),
        ("/subscribe", views.show_subscribe),
        ("/kiosk", views.show_kiosk),
        ("/embed/today", views.show_embed),
    ):
        pages.add_url_rule(rule, view_func=view)
    if not find_prefix(language):
        pages.add_url_rule("/media/<path:name>", view_func=views.send_picture)
    return pages


class _Pages:
    """One method for each kind of page; raises a 404 for what the schedule does not have."""

    def __init__(self, context: WebContext, posts: PublishedPosts, language: str) -> None:
        self._context, self._site, self._posts = context, context.site, posts
        self._language, self._words = language, Words(language)

    def show_today(self) -> str:
        today = self._context.today()
        coming = self._site.list_observed(today + ONE_DAY, 7)
        return self._render("today.html", "", coming=coming, day=today, **self._show_seen(today))

    def _show_seen(self, day: date) -> dict[str, object]:
        """What is remembered on a day, and the picture of the first event."""
        seen = self._site.list_observed(day)
        first = seen[0].event if seen else None
        picture = find_picture(self._context, first, self._language) if first else None
        return {"seen": seen, "picture": picture}

    def show_day(self, month: int, day: int) -> str | AnyResponse:
        if month not in range(1, 13) or day not in range(
            1, monthrange(CALENDAR_YEAR, month)[1] + 1
        ):
            abort(404)
        if request.path.rpartition("/")[2] != f"{month:02}-{day:02}":
            return redirect(f"{find_prefix(self._language)}/{month:02}-{day:02}", 301)
        shown = date(CALENDAR_YEAR, month, day)
        return self._render(
            "day.html",
            f"{month:02}-{day:02}",
            events=self._site.list_day_events(month, day),
            day=shown,
            before=shown - ONE_DAY,
            after=(shown + ONE_DAY).replace(year=CALENDAR_YEAR),
        )

    def show_year(self) -> str:
        months = [
            [
                self._count_day(month, day)
                for day in range(1, monthrange(CALENDAR_YEAR, month)[1] + 1)
            ]
            for month in range(1, 13)
        ]
        return self._render("year.html", "year", months=months)

    def _count_day(self, month: int, day: int) -> tuple[date, int, int]:
        """A day, how many events it has, and its shade."""
        number = len(self._site.list_day_events(month, day))
        return date(CALENDAR_YEAR, month, day), number, choose_level(number)

    def show_missions(self) -> str:
        missions = sorted(
            self._site.missions.values(),
            key=lambda one: make_sort_key(one.name_in(self._language)),
        )
        counted = [(one, len(self._site.list_mission_events(one.id))) for one in missions]
        return self._render("missions.html", "missions", missions=counted)

    def show_mission(self, mission: str) -> str:
        if mission not in self._site.missions:
            abort(404)
        found = self._site.missions[mission]
        events = self._site.list_mission_events(mission)
        launches = [one.moment.day for one in events if one.kind == "launch"]
        programme = make_slug(find_programme(found.name))
        return self._render(
            "mission.html",
            f"m/{mission}",
            mission=found,
            programme=self._context.collections.find("s", programme, self._language),
            launched=launches[0] if len(launches) == 1 else None,
            terms={one.id for one in list_terms(self._language)},
            agencies=[(make_slug(name), name) for name in found.agencies],
            has_replay=self._find_replay(found) is not None,
            events=events,
        )

    def show_event(self, mission: str, event: str) -> str:
        found = self._site.events.get(f"{mission}/{event}")
        if found is None:
            abort(404)
        text = self._context.choose_text(found, self._language)
        page = f"{self._context.root}{find_prefix(self._language)}/e/{found.full_id}"
        siblings = self._site.list_mission_events(mission)
        place = siblings.index(found)
        return self._render(
            "event.html",
            f"e/{found.full_id}",
            event=found,
            upcoming=self._site.find_next_anniversary(found, self._context.today()),
            earlier=siblings[place - 1] if place else None,
            later=siblings[place + 1] if place + 1 < len(siblings) else None,
            people=list(zip(map(make_slug, found.people), text.people, strict=True)),
            years=self._posts.list_years(found),
            year_unit=Unit.YEARS,
            card=find_card(self._context, found, self._language),
            place_slug=make_slug(found.place.name) if found.place else "",
            structured_data=describe_event(found, text, self._context.root, page),
        )

    def show_people(self) -> str:
        counted = [
            (slug, name, len(self._site.list_person_events(slug)))
            for slug, name in self._site.people.items()
        ]
        return self._render("people.html", "people", people=counted)

    def show_collections(self, heading: str) -> str:
        kind = {"agencies": "a", "places": "l", "programmes": "s"}[heading]
        found = self._context.collections.list_all(kind, self._language)
        return self._render("collections.html", heading, heading=heading, collections=found)

    def show_collection(self, kind: str, slug: str) -> str:
        found = self._context.collections.find(kind, slug, self._language)
        if found is None:
            abort(404)
        life = describe_life(slug, found.events) if kind == "p" else None
        values = {"kind": kind, "slug": slug, "name": found.name, "events": found.events}
        return self._render("collection.html", f"{kind}/{slug}", life=life, **values)

    def show_glossary(self) -> str:
        return self._render("glossary.html", "glossary", terms=list_terms(self._language))

    def show_replay(self, mission: str) -> Response:
        """A page that is never kept, as it changes with each moment of the replay."""
        found = self._site.missions.get(mission)
        progress = found and self._find_replay(found)
        if found is None or progress is None:
            abort(404)
        path = f"r/{mission}"
        page = self._render("replay.html", path, mission=found, progress=progress, years=Unit.YEARS)
        return Response(page, headers={"Cache-Control": "no-cache"})

    def _find_replay(self, mission: Mission) -> ReplayProgress | None:
        now = self._context.clock.now()
        return find_replay_progress(self._site.calendar.replays, mission, now)

    def search(self) -> str:
        words = request.args.get("q", "")[:MAX_SEARCH_LENGTH].strip()
        found: list[Event] = self._site.search(words)
        return self._render("search.html", "search", query=words, events=found)

    def show_subscribe(self) -> str:
        return self._render("subscribe.html", "subscribe")

    def show_kiosk(self) -> str:
        today = self._context.today()
        days = [self._site.list_observed(today + ONE_DAY * number) for number in range(8)]
        return self._render("kiosk.html", "kiosk", days=days)

    def show_embed(self) -> Response:
        today = self._context.today()
        page = self._render("embed.html", "embed/today", day=today, **self._show_seen(today))
        response = Response(page)
        response.headers["Content-Security-Policy"] = EMBED_POLICY
        return response

    def send_picture(self, name: str) -> Response:
        named = {one.file for event in self._site.schedule.events for one in event.pictures}
        if name not in named or not (self._context.media_root / name).is_file():
            abort(404)
        return send_file(self._context.media_root / name)

    def _render(self, template: str, path: str, **values: object) -> str:
        """A page at `path` (without the language's prefix)."""
        shared = self._context.shared(self._language)
        return render_template(template, words=self._words, path=path, **shared, **values)
