"""`check` of the coming year by days of the year, so that only days with a change are looked at.

What is found about the events of one day depends on their lines in the schedule, on those of the
days near them, and on what concerns all posts. A digest of all that, by content, is the key of what
is kept. No mistake is ever kept: a day that has one is checked again each time.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from perihelion.almanac.observance import MAX_ZONE_SPREAD
from perihelion.almanac.shared_days import MAX_MOVE
from perihelion.model.advice_codes import AdviceCode
from perihelion.model.moments import DayZone, ObserveMode, Tone
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.advice.finding import Advice, list_owners_against
from perihelion.service.advice.monotony import SaidPost
from perihelion.service.advice.repeats import find_twins
from perihelion.service.content_digests import make_digest
from perihelion.service.event_sources import split_sources
from perihelion.service.local_faults import locate_event
from perihelion.service.year_check import YearCheck, check_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.service.wording_cache import CachingApp

_LEAP_YEAR = 2000
_LAST_OF_FEBRUARY = 58
"""The number of 28 February, which 29 February and 1 March share: a leap day may be observed on
either."""
_DAYS = 364
_WANDERING = -1
"""The number of the events that may be remembered on any day."""


class _Days(NamedTuple):
    """The schedule's events by the number of their day, with a digest of each day's lines."""

    events: dict[int, list[Event]]
    digests: dict[int, bytes]


def check_by_days(
    app: CachingApp, accounts: Sequence[Account], first: date, files: Mapping[Path, bytes]
) -> YearCheck:
    """As `check_year` of all events, with what was found before where nothing is different.

    `files` are those that the schedule was read from; if there are none, nothing is kept.
    """
    sources = split_sources(files, app.schedule.events) if files else None
    if sources is None:
        return check_year(app, accounts, first)
    days = _group_by_day(app.schedule.events, sources.own)
    reach = _find_reach(app.schedule.events, accounts)
    plain = [replace(one, location=None, key_locations=()) for one in accounts]
    said = repr((plain, first, reach)).encode()
    context = make_digest(app.keys.make_templates_key(), said, *sources.shared)
    keys = {number: _make_key(context, days, number, reach) for number in days.events}
    result = YearCheck()
    kept = app.cache.read_days(keys)
    for number, text in kept.items():
        result.add(_decode(text, days.events[number]))
    _tell_twins_again(result, app.schedule.events)
    changed = keys.keys() - kept.keys()
    if changed:
        near = {other for one in changed for other in _list_near(days, one, reach)}
        few = _keep_events(app, days, near)
        only = {event.full_id for one in changed for event in days.events[one]}
        anew = check_year(few, accounts, first, only)
        app.cache.keep_days({n: (keys[n], said) for n, said in _encode(anew, days, changed)})
        result.add(anew)
    app.cache.is_partly_asked = bool(kept)
    return result


def _tell_twins_again(kept: YearCheck, events: Iterable[Event]) -> None:
    """Look for the twins of what was kept, since they name places that may have moved."""
    days = {one.event.moment.day for one in kept.advice if one.finding.code == AdviceCode.TWIN}
    if days:
        kept.advice[:] = [one for one in kept.advice if one.finding.code != AdviceCode.TWIN]
        kept.advice.extend(find_twins(one for one in events if one.moment.day in days))


@cache
def _number_day(month: int, day: int) -> int:
    number = date(_LEAP_YEAR, month, day).timetuple().tm_yday - 1
    return number if number <= _LAST_OF_FEBRUARY else max(number - 2, _LAST_OF_FEBRUARY)


def _is_wandering(event: Event) -> bool:
    return bool(event.rule or event.milestones or event.mission.replay)


def _group_by_day(events: Sequence[Event], own: Sequence[bytes]) -> _Days:
    grouped: dict[int, list[Event]] = {}
    lines: dict[int, list[bytes]] = {}
    for event, text in zip(events, own, strict=True):
        day = event.moment.day
        number = _WANDERING if _is_wandering(event) else _number_day(day.month, day.day)
        grouped.setdefault(number, []).append(event)
        lines.setdefault(number, []).extend((event.full_id.encode(), text))
    return _Days(grouped, {number: make_digest(*each) for number, each in lines.items()})


def _find_reach(events: Sequence[Event], accounts: Sequence[Account]) -> int:
    """How many days away an event may matter to the posts of another."""
    is_exact = any(one.to_the_minute for one in accounts) or any(
        one.observe is ObserveMode.TO_THE_MINUTE for one in events
    )
    # Between an event's own day and that of its post.
    apart = MAX_MOVE if any(one.tone is Tone.MEMORIAL for one in events) else 0
    apart += 1 if is_exact else 0  # an account's zone may be a day ahead or behind
    if any(one.days is DayZone.ACCOUNT for one in accounts):
        apart += MAX_ZONE_SPREAD.days
    # What is due at its instant keeps its distance from what the days next to it have.
    return 2 * apart + (2 if is_exact else 0)


def _list_near(days: _Days, number: int, reach: int) -> list[int]:
    """The days whose events matter to those of the day `number`, always in the same order."""
    if number == _WANDERING:
        return sorted(days.events)
    near = (number + distance for distance in range(-reach, reach + 1))
    return [_WANDERING, *dict.fromkeys(one % _DAYS for one in near)]


def _make_key(context: bytes, days: _Days, number: int, reach: int) -> bytes:
    near = _list_near(days, number, reach)
    return make_digest(context, *(days.digests.get(one, b"") for one in near))


def _keep_events(app: CachingApp, days: _Days, numbers: AbstractSet[int]) -> CachingApp:
    """The same App with the events of these days alone."""
    if numbers >= days.events.keys():
        return app
    kept = {id(event) for one in numbers for event in days.events.get(one, ())}
    events = tuple(one for one in app.schedule.events if id(one) in kept)
    return replace(app, schedule=replace(app.schedule, events=events))


def _encode(result: YearCheck, days: _Days, numbers: AbstractSet[int]) -> Iterator[tuple[int, str]]:
    """What to keep of each day, as JSON, for the days of which anything may be kept."""
    number_of = {event.full_id: one for one in numbers for event in days.events[one]}
    advice: dict[int, list[Advice]] = {}
    said: dict[int, list[SaidPost]] = {}
    posts: Counter[int] = Counter()
    for each in result.advice:
        advice.setdefault(number_of[each.event.full_id], []).append(each)
    for post in result.said:
        said.setdefault(number_of[post.subject], []).append(post)
    for full_id, count in result.posts.items():
        posts[number_of[full_id]] += count
    wrong = {number_of[each.event.full_id] for each in result.mistakes}
    for number in numbers - wrong:
        told = _encode_advice(advice.get(number, ()))
        if told is not None:
            yield number, json.dumps([told, said.get(number, []), posts[number]])


def _encode_advice(advices: Iterable[Advice]) -> list[list[object]] | None:
    """Each with its place relative to its event's; None if one is in another file.

    Of all that an event or a mission turns off, one is enough to tell that it does so with reason.
    """
    encoded: list[list[object]] = []
    needed: set[tuple[str, tuple[int, ...]]] = set()
    for one in advices:
        place, code, start = one.finding.location, one.finding.code, locate_event(one.event)
        owners = tuple(map(id, list_owners_against(one)))
        if place.file != start.file:
            return None
        if not owners or (code, owners) not in needed:
            needed.add((code, owners))
            message = "" if owners or code == AdviceCode.TWIN else one.finding.message
            line = place.line - start.line
            encoded.append([one.event.full_id, line, place.column, code, message])
    return encoded


def _decode(text: str, events: Sequence[Event]) -> YearCheck:
    told, said, posts = json.loads(text)
    by_id = {event.full_id: event for event in events} if told else {}
    advice = []
    for full_id, line, column, code, message in told:
        event = by_id[full_id]
        start = locate_event(event)
        place = SourceLocation(start.file, start.line + line, column)
        advice.append(Advice(event, Mistake(place, code, message)))
    return YearCheck([], advice, [SaidPost(*one) for one in said], Counter({"": posts}))
