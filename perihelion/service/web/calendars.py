"""iCalendar files (RFC 5545 and 7986) of events that return each year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from icalendar import Alarm, Calendar, Event, vRecur, vText

from perihelion.almanac.observance import find_yearly_day, is_leap_day
from perihelion.almanac.ranking import ROUND_POINTS
from perihelion.model.moments import LeapDayRule
from perihelion.model.units import Unit
from perihelion.service.event_fields import list_cells
from perihelion.service.web.link_cards import find_card
from perihelion.service.web.site import LONGEST_WAIT
from perihelion.service.web.view import find_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event as MissionEvent
    from perihelion.service.web.view import WebContext
    from perihelion.service.web.words import Words

REFRESH = timedelta(days=1)
COLOUR = "midnightblue"
"""A CSS colour name, as RFC 7986 wants it."""

_IMAGE = {"VALUE": "URI", "DISPLAY": "BADGE", "FMTTYPE": "image/jpeg"}

MIN_ROUND = 10
"""The smallest count of years that the calendar of round anniversaries has."""

_LEAP_DAY_RULES = {
    LeapDayRule.FEB_28: {"FREQ": "YEARLY", "BYMONTH": 2, "BYMONTHDAY": -1},
    LeapDayRule.MAR_1: {"FREQ": "YEARLY", "BYYEARDAY": 60},
    LeapDayRule.LEAP_YEARS: {"FREQ": "YEARLY", "BYMONTH": 2, "BYMONTHDAY": 29},
}
"""In a common year, February's last day is the 28th, and the year's 60th day is 1 March."""


OWN_PROPERTY = "x-perihelion-"
"""What the names of our own properties begin with, which hold an event's fields for `import`."""


@dataclass(frozen=True, slots=True)
class CalendarExtras:
    """What an exported calendar has besides: an alarm so long before each day, and our fields."""

    alarm: timedelta | None = None
    has_fields: bool = False


NO_EXTRAS = CalendarExtras()


def render_calendar(  # noqa: PLR0913 - a calendar's name, events and words are of three kinds
    context: WebContext,
    name: str,
    events: Iterable[MissionEvent],
    words: Words,
    root: str,
    *,
    extras: CalendarExtras = NO_EXTRAS,
) -> bytes:
    """A calendar with a day that returns each year for each of `events` but those of replays alone.

    The UIDs depend on the events' ids alone. `root` is the site's address; without one, there are
    no links to its pages.
    """
    calendar = _start_calendar(name)
    for event in events:
        if event.only_replay:
            continue
        text = context.choose_text(event, words.language)
        entry = _make_entry(f"{event.full_id}@perihelion", _find_first_day(event), context)
        entry.add("summary", f"{text.title} ({event.moment.day.year})")
        entry.add("rrule", vRecur(_find_rule(event)))
        link = f"{root}{find_prefix(words.language)}/e/{event.full_id}" if root else ""
        entry.add("description", "\n\n".join(filter(None, [text.text, link])))
        if link:
            entry.add("url", link)
        card = find_card(context, event, words.language) if root else None
        if card:
            entry.add("image", f"{root}{card.path}", parameters=_IMAGE)
        _add_extras(entry, event, extras)
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def render_round_calendar(
    context: WebContext, name: str, seen: Iterable[Anniversary], words: Words
) -> bytes:
    """A calendar with one day for each anniversary of a round number of years."""
    calendar = _start_calendar(name)
    for one in seen:
        if one.unit is not Unit.YEARS or not (one.is_counted and is_round(one.count)):
            continue
        text = context.choose_text(one.event, words.language)
        uid = f"{one.event.full_id}-{one.count}-years@perihelion"
        entry = _make_entry(uid, one.day, context)
        entry.add("summary", f"{words.count(one.count, one.spoken_unit)}: {text.title}")
        entry.add("description", text.text or text.title)
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _add_extras(entry: Event, event: MissionEvent, extras: CalendarExtras) -> None:
    if extras.has_fields:
        for name, text in list_cells(event).items():
            if text:
                entry.add(OWN_PROPERTY + name.replace("_", "-"), vText(text))
    if extras.alarm is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry["summary"])
        alarm.add("trigger", -extras.alarm)
        entry.add_component(alarm)


def is_round(count: int) -> bool:
    """Whether so many years are a round number: from 10 on, a multiple of 10 or 25."""
    divisors = [one for one, _ in ROUND_POINTS if one >= MIN_ROUND]
    return count >= MIN_ROUND and any(count % divisor == 0 for divisor in divisors)


def _start_calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Perihelion//Anniversaries//EN")
    calendar.add("version", "2.0")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("color", COLOUR)
    return calendar


def _make_entry(uid: str, day: date, context: WebContext) -> Event:
    entry = Event()
    entry.add("uid", uid)
    entry.add("dtstamp", datetime.combine(context.today(), time(), tzinfo=UTC))
    entry.add("dtstart", day)
    entry.add("dtend", day + timedelta(days=1))
    entry.add("transp", "TRANSPARENT")
    return entry


def _find_first_day(event: MissionEvent) -> date:
    """The event's own day, or the first that its rule gives."""
    own = event.moment.day
    if event.rule is None:
        return own
    days = (find_yearly_day(event, own.year + number) for number in range(1, LONGEST_WAIT + 1))
    return next((day for day in days if day is not None), own)


def _find_rule(event: MissionEvent) -> dict[str, object]:
    if event.rule is not None:
        return dict(vRecur.from_ical(event.rule.text))
    if is_leap_day(event.moment.day):
        return _LEAP_DAY_RULES[event.leap_day]
    return {"FREQ": "YEARLY"}
