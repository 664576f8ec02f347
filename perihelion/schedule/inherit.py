"""Drafts → values: what an event or account does not say comes from its mission or the defaults.

Everything is settled after the whole file has been read, so the order of keys does not matter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from perihelion.model.accounts import Account, UntranslatedRule
from perihelion.model.missions import Event, Mission, Schedule
from perihelion.model.moments import REPLAY_LATE, LatePolicy, LeapDayRule
from perihelion.model.source_location import Mistake
from perihelion.schedule.instant_type import resolve_moment
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.milestones import assign_milestones
from perihelion.schedule.quiet_slots import find_quiet_slots

ParsedValues = dict[str, Any]

_ACCOUNT_DEFAULTS: ParsedValues = {"spacing": timedelta(minutes=20)}
_COMMON_KEYS = (
    "language",
    "timezone",
    "post_at",
    "max_per_day",
    "untranslated",
    "cards",
    "emoji",
    "spacing",
    "quiet_hours",
    "to_the_minute",
    "years",
    "on_memorial_days",
    "repeat_window",
    "requires",
    "unapproved",
)
_MISSION_RULES = ("zone", "place", "observe", "years")
_EVENT_DEFAULTS: ParsedValues = {
    "kind": "event",
    "leap_day": LeapDayRule.FEB_28,
    "late": LatePolicy(),
}
_REQUIRED_KEYS = frozenset({"id", "at", "title", "sources"})


def build_schedule(parsed_schedule: ParsedValues) -> tuple[Schedule, list[Mistake]]:
    """The schedule of all parsed events that are complete, and the mistakes that show only now."""
    defaults = parsed_schedule.get("defaults", {})
    common = _ACCOUNT_DEFAULTS | {name: defaults[name] for name in _COMMON_KEYS if name in defaults}
    inherited = _EVENT_DEFAULTS | {
        name: defaults[name] for name in ("leap_day", "late") if name in defaults
    }
    missions: list[Mission] = []
    events: list[Event] = []
    mistakes: list[Mistake] = []
    for parsed_mission in parsed_schedule.get("missions", ()):
        missions.append(_build_mission(parsed_mission))
        mistakes += assign_milestones(parsed_mission)
        rules = inherited | {
            name: parsed_mission[name]
            for name in (*inherited, *_MISSION_RULES)
            if name in parsed_mission
        }
        rules["replay_late"] = parsed_mission.get("late", REPLAY_LATE)
        events += _build_events(parsed_mission.get("events", []), missions[-1], rules, mistakes)
    language = defaults.get("language", "en")
    accounts = _build_accounts(parsed_schedule.get("accounts", ()), common)
    schedule = Schedule(
        accounts=tuple(_skip_nothing_in(language, one) for one in accounts),
        missions=tuple(missions),
        events=tuple(events),
        local_account=_skip_nothing_in(language, Account("local", "local", **common)),
        language=language,
        quiet_days=parsed_schedule.get("quiet_days", ()),
        include=tuple(sorted(one.text for one in parsed_schedule.get("include", ()))),
    )
    location = defaults.get("location")
    mistakes += find_quiet_slots(schedule.accounts, schedule.local_account, location)
    return schedule, mistakes


def _build_accounts(parsed_accounts: list[ParsedValues], common: ParsedValues) -> list[Account]:
    return [
        Account(**common | parsed_account)
        for parsed_account in parsed_accounts
        if parsed_account.keys() >= {"network", "name"}
    ]


def _skip_nothing_in(language: str, account: Account) -> Account:
    """`account`, which observes every event if it speaks the schedule's own `language`."""
    if account.language != language:
        return account
    return replace(account, untranslated=UntranslatedRule.ORIGINAL)


def _build_mission(parsed_mission: ParsedValues) -> Mission:
    return Mission(
        id=parsed_mission.get("id", ""),
        name=parsed_mission.get("name", ""),
        agencies=parsed_mission.get("agencies", ()),
        tags=parsed_mission.get("tags", ()),
        advice_off=parsed_mission.get("advice_off", ()),
        replay=parsed_mission.get("replay"),
        counter=parsed_mission.get("counter"),
        has_day_threads=parsed_mission.get("has_day_threads", False),
        names=parsed_mission.get("names", ()),
    )


def _build_events(
    parsed_events: list[ParsedValues],
    mission: Mission,
    rules: ParsedValues,
    mistakes: list[Mistake],
) -> list[Event]:
    events = []
    parsed_events.reverse()
    while parsed_events:  # each parsed event is released as soon as its event is made
        parsed_event = parsed_events.pop()
        at_location = parsed_event.pop("at_location", None)
        try:
            event = _build_event(parsed_event, mission, rules)
        except InvalidValueError as wrong:
            mistakes.append(Mistake(at_location, wrong.code, wrong.message))
            continue
        if event is not None:
            events.append(event)
    return events


def _build_event(parsed_event: ParsedValues, mission: Mission, rules: ParsedValues) -> Event | None:
    written = parsed_event.get("at")
    if written is None:
        return None
    when = resolve_moment(written, parsed_event.get("zone", rules.get("zone")))
    if not parsed_event.keys() >= _REQUIRED_KEYS:
        return None
    values = rules | parsed_event
    if "late" in parsed_event:
        values["replay_late"] = parsed_event["late"]
    del values["at"]
    values.pop("zone", None)
    return Event(mission=mission, moment=when, **values)
