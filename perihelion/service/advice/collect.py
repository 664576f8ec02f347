"""All advice about a schedule, without what it turns off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.advice_codes import AdviceCode
from perihelion.service.advice.approvals import find_outdated_approval
from perihelion.service.advice.finding import advise, apply_advice_off
from perihelion.service.advice.holds import find_unchecked_claims
from perihelion.service.advice.reach import (
    find_accounts_without_templates,
    find_future_events,
    find_incomplete_translations,
    find_never_posted,
    find_unknown_kinds,
    find_unspoken_languages,
)
from perihelion.service.advice.repeats import find_repeated_texts, find_twins
from perihelion.service.advice.sourcing import find_sourcing_advice
from perihelion.service.advice.wording import find_wording_advice

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from datetime import date

    from perihelion.model.missions import Event
    from perihelion.model.source_location import Mistake
    from perihelion.service.advice.finding import Advice
    from perihelion.service.wiring import App


def find_event_advice(
    app: App, today: date, only: Container[str] | None = None
) -> Iterator[Advice]:
    """What is advised about an event for what it is, and for what else is of its days.

    `only` has the full ids of the events that matter, if not all do.
    """
    events = app.schedule.events
    asked = [one for one in events if only is None or one.full_id in only]
    for event in asked:
        yield from find_wording_advice(event, app.schedule.language)
        yield from _find_insecure_links(event)
        yield from find_sourcing_advice(event)
        yield from find_outdated_approval(event)
    yield from (one for one in find_twins(events) if only is None or one.event.full_id in only)
    yield from find_unchecked_claims(asked, today)
    accounts = app.schedule.accounts or (app.schedule.local_account,)
    yield from find_never_posted(app.calendar, accounts, asked, today)


def collect_advice(
    app: App, more: Iterable[Advice], only: Container[str] | None = None
) -> list[Mistake]:
    """Everything advised about the schedule as a whole, and `more` that was found in its events.

    Sorted by place, without what `advice_off` names. `only` has the full ids of the events that
    matter, if not all do; `more` is about those.
    """
    events = app.schedule.events
    advices = list(_find_schedule_advice(app))
    if only is not None:
        advices = [one for one in advices if one.event.full_id in only]
    found = {
        *apply_advice_off([*more, *advices], events),
        *find_accounts_without_templates(app.schedule, app.templates),
    }
    # Of some events, not all that can be turned off was looked for.
    return sorted(one for one in found if only is None or one.code != AdviceCode.UNUSED)


def _find_schedule_advice(app: App) -> Iterator[Advice]:
    schedule, events = app.schedule, app.schedule.events
    yield from find_repeated_texts(events)
    yield from find_future_events(events, app.clock.now().date())
    yield from find_unknown_kinds(events, app.templates)
    yield from find_incomplete_translations(events)
    yield from find_unspoken_languages(schedule, app.templates)


def _find_insecure_links(event: Event) -> Iterator[Advice]:
    for link in (*event.links, *event.listen, *event.read):
        if not link.url.casefold().startswith("https:"):
            message = f"the link {link.url} is not https; use the page's https address"
            yield advise(event, AdviceCode.LINK, message)
