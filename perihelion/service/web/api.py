"""The schedule as JSON for other sites, programs and displays. The shapes only grow."""

from __future__ import annotations

import json
from calendar import monthrange
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, request

from perihelion.model.units import Unit
from perihelion.service.console import format_iso
from perihelion.service.web.calendars import is_round
from perihelion.service.web.view import find_prefix
from perihelion.service.web.words import CALENDAR_YEAR, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event
    from perihelion.service.web.view import WebContext

WEEK_DAYS, YEAR_DAYS = 7, 366


def make_api(context: WebContext) -> Blueprint:
    """The blueprint of `/api/v1`; `?lang=` chooses the language of the words."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    views = _Api(context)
    for rule, view in (
        ("/on/<int:month>-<int:day>.json", views.send_day),
        ("/today", views.send_today),
        ("/today.json", views.send_today),
        ("/week", views.send_week),
        ("/week.json", views.send_week),
        ("/milestones", views.send_milestones),
        ("/milestones.json", views.send_milestones),
    ):
        api.add_url_rule(rule, view_func=view)
    return api


class _Api:
    """One method for each address."""

    def __init__(self, context: WebContext) -> None:
        self._context, self._site = context, context.site

    def send_day(self, month: int, day: int) -> Response:
        known = month in range(1, 13) and 1 <= day <= monthrange(CALENDAR_YEAR, month)[1]
        if not known:
            abort(404)
        events = self._site.list_day_events(month, day)
        return _send({"events": [self._describe_event(one) for one in events]})

    def send_today(self) -> Response:
        today = self._context.today()
        return self._send_anniversaries(self._site.list_observed(today))

    def send_week(self) -> Response:
        today = self._context.today()
        return self._send_anniversaries(self._site.list_observed(today, WEEK_DAYS))

    def send_milestones(self) -> Response:
        seen = self._site.list_observed(self._context.today() + timedelta(days=1), YEAR_DAYS)
        return self._send_anniversaries(
            one for one in seen if one.unit is not Unit.YEARS or is_round(one.count)
        )

    def _send_anniversaries(self, seen: Iterable[Anniversary]) -> Response:
        described = [
            {
                "day": one.day,
                "at": one.instant,
                "count": one.count,
                "unit": one.unit.value,
                **self._describe_event(one.event),
            }
            for one in seen
        ]
        return _send({"anniversaries": described})

    def _describe_event(self, event: Event) -> dict[str, Any]:
        asked = request.args.get("lang", LANGUAGES[0])
        language = asked if asked in LANGUAGES else LANGUAGES[0]
        text = self._context.choose_text(event, language)
        root = self._context.root
        return {
            "id": event.full_id,
            "url": f"{root}{find_prefix(language)}/e/{event.full_id}",
            "date": event.moment.day,
            "instant": event.moment.instant,
            "precision": event.moment.precision.value,
            "clock": event.clock.value if event.clock else None,
            "kind": event.kind,
            "importance": event.importance,
            "mission": {"id": event.mission.id, "name": event.mission.name},
            "people": list(event.people),
            "language": text.language,
            "title": text.title,
            "text": text.text,
        }


def _send(value: object) -> Response:
    body = json.dumps(value, ensure_ascii=False, indent=1, default=format_iso)
    response = Response(body, content_type="application/json; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
