"""Drafts → values: what an event or account does not say comes from its mission or the defaults.

Everything is settled after the whole file has been read, so the order of keys does not matter.
"""

from __future__ import annotations

from typing import Any

from perihelion.model.accounts import Account
from perihelion.model.marks import Mistake
from perihelion.model.missions import Event, Mission, Schedule
from perihelion.model.moments import Late, LeapDay
from perihelion.schedule.instants import moment
from perihelion.schedule.shapes import Wrong

Values = dict[str, Any]

_ACCOUNT_DEFAULTS = ("language", "timezone", "post_at", "max_per_day")
_EVENT_DEFAULTS: Values = {"kind": "event", "leap_day": LeapDay.FEB_28, "late": Late()}
_NEEDED = frozenset({"id", "at", "title", "sources"})


def settle(drafts: Values) -> tuple[Schedule, list[Mistake]]:
    """The schedule of all drafts that are complete, and the mistakes that show only now."""
    defaults = drafts.get("defaults", {})
    common = {name: defaults[name] for name in _ACCOUNT_DEFAULTS if name in defaults}
    inherited = _EVENT_DEFAULTS | {
        name: defaults[name] for name in ("leap_day", "late") if name in defaults
    }
    missions: list[Mission] = []
    events: list[Event] = []
    mistakes: list[Mistake] = []
    for draft in drafts.get("missions", ()):
        missions.append(_mission(draft))
        rules = inherited | {name: draft[name] for name in (*inherited, "zone") if name in draft}
        events += _events(draft.get("events", []), missions[-1], rules, mistakes)
    schedule = Schedule(
        accounts=tuple(_accounts(drafts.get("accounts", ()), common)),
        missions=tuple(missions),
        events=tuple(events),
        local=Account(network="local", name="local", **common),
        language=defaults.get("language", "en"),
    )
    return schedule, mistakes


def _accounts(drafts: list[Values], common: Values) -> list[Account]:
    return [Account(**common | draft) for draft in drafts if draft.keys() >= {"network", "name"}]


def _mission(draft: Values) -> Mission:
    return Mission(
        id=draft.get("id", ""),
        name=draft.get("name", ""),
        agencies=draft.get("agencies", ()),
        tags=draft.get("tags", ()),
    )


def _events(
    drafts: list[Values], mission: Mission, rules: Values, mistakes: list[Mistake]
) -> list[Event]:
    events = []
    drafts.reverse()
    while drafts:  # each draft is let go as soon as its event is made
        draft = drafts.pop()
        place = draft.pop("at_mark", None)
        try:
            event = _event(draft, mission, rules)
        except Wrong as wrong:
            mistakes.append(Mistake(place, wrong.code, wrong.message))
            continue
        if event is not None:
            events.append(event)
    return events


def _event(draft: Values, mission: Mission, rules: Values) -> Event | None:
    written = draft.get("at")
    if written is None:
        return None
    when = moment(written, draft.get("zone", rules.get("zone")))
    if not draft.keys() >= _NEEDED:
        return None
    values = rules | draft
    del values["at"]
    values.pop("zone", None)
    return Event(mission=mission, moment=when, **values)
