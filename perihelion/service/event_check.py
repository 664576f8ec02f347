"""`check` for one event: what somebody who has just written it wants to know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.networks import loader
from perihelion.service.advice.collect import collect_advice, find_event_advice
from perihelion.service.advice.repeats import find_twins
from perihelion.service.event_view import find_next_anniversary, preview_on_networks
from perihelion.service.picture_checks import check_pictures
from perihelion.service.post_preview import select_accounts

if TYPE_CHECKING:
    from perihelion.model.missions import Event
    from perihelion.model.source_location import Mistake
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App


@dataclass(frozen=True, slots=True)
class EventCheck:
    """The next posts of an event, the mistakes that they or its pictures have, and advice."""

    posts: tuple[PostPreview, ...]
    mistakes: tuple[str, ...]
    advice: tuple[Mistake, ...]


def check_event(app: App, event: Event) -> EventCheck:
    """Check what depends on this event alone, and whether another of its day is the same."""
    seen = find_next_anniversary(event, app.clock.now().date())
    posts = tuple(preview_on_networks(app, seen)) if seen else ()
    limits = {
        name: [loader.get_usual_limits(one) for one in select_accounts(app, name)]
        for name in loader.usable_networks()
    }
    pictures = [str(one) for one in check_pictures(event, app.settings.schedule.parent, limits)]
    problems = [f"{one.due.account.name}: {one.problem}" for one in posts if one.problem]
    same_day = [one for one in app.schedule.events if one.moment.day == event.moment.day]
    twins = [one for one in find_twins(same_day) if one.event.full_id == event.full_id]
    alone = replace(app, schedule=replace(app.schedule, events=(event,)))
    own = find_event_advice(alone, app.clock.now().date())
    return EventCheck(posts, (*pictures, *problems), tuple(collect_advice(alone, [*twins, *own])))
