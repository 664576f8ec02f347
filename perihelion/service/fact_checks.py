"""The schedule held against tables of facts. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from perihelion.model.advice_codes import AdviceCode
from perihelion.model.moments import Precision
from perihelion.service.advice.finding import advise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.missions import Event
    from perihelion.model.moments import Moment
    from perihelion.service.advice.finding import Advice
    from perihelion.service.fact_tables import Fact

NEAR = timedelta(hours=12)
"""How far apart a row and an event, both with a time, can be and still mean the same; without a
time on both sides, a day."""
TOLERANCES = {Precision.MINUTE: timedelta(minutes=1), Precision.SECOND: timedelta(seconds=1)}

_NOT_WORDS = re.compile(r"[\W_]+")


def find_disagreements(events: Iterable[Event], facts: Iterable[Fact]) -> Iterator[Advice]:
    """Each event whose moment is not that of its row in the table, beyond what both state.

    An event is compared with the nearest row of its kind that names its mission or one of its
    people within a day. A launch is compared with its row however far apart they are, if the row
    has the mission's name alone, or the designation that one of the event's sources has. A row with
    which another event agrees is that event's.
    """
    by_kind: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        for kind in fact.kinds:
            by_kind[kind].append(fact)
    compared: list[tuple[Event, Fact]] = []
    for event in events:
        own = [fact for fact in by_kind[event.kind] if _is_about(fact, event)]
        if own:
            compared.append((event, min(own, key=lambda fact: _distance(event.moment, fact))))
    taken = {fact for event, fact in compared if _agree(event.moment, fact)}
    for event, fact in compared:
        if fact not in taken:
            message = f"`at` is {_show(event.moment)}, and {fact.location} has {fact}"
            yield advise(event, AdviceCode.FACTS, message)


def _is_about(fact: Fact, event: Event) -> bool:
    if event.kind == "launch" and _is_same_launch(fact, event):
        return True
    timed = event.moment.instant is not None and fact.instant is not None
    if _distance(event.moment, fact) > (NEAR if timed else timedelta(days=1)):
        return False
    mission = f" {_to_words(event.mission.name)} "
    surnames = {_to_words(person).rpartition(" ")[2] for person in event.people}
    names = [_to_words(name) for name in fact.names]
    return any(mission in f" {name} " or name.rpartition(" ")[2] in surnames for name in names)


def _is_same_launch(fact: Fact, event: Event) -> bool:
    if fact.tag:
        tag = re.compile(rf"\b{re.escape(fact.tag)}(?:[A-Z]{{1,3}})?(?!\w)")
        return any(tag.search(source.title) for source in event.sources)
    return _to_words(fact.names[0]) == _to_words(event.mission.name)


def _distance(moment: Moment, fact: Fact) -> timedelta:
    if moment.instant is not None and fact.instant is not None:
        return abs(moment.instant - fact.instant)
    return abs(moment.day - fact.day)


def _agree(moment: Moment, fact: Fact) -> bool:
    if moment.instant is None or fact.instant is None:
        return not _list_days(moment).isdisjoint(_list_fact_days(fact, moment.zone))
    tolerance = max(TOLERANCES[moment.precision], TOLERANCES[fact.precision])
    return _distance(moment, fact) <= tolerance


def _list_days(moment: Moment) -> set[object]:
    return {moment.day, *([moment.instant.date()] if moment.instant else [])}


def _list_fact_days(fact: Fact, zone: str) -> set[object]:
    local = [fact.instant.astimezone(ZoneInfo(zone)).date()] if fact.instant else []
    return {fact.day, *local}


def _show(moment: Moment) -> str:
    if moment.instant is None:
        return f"{moment.day}"
    timespec = "seconds" if moment.precision is Precision.SECOND else "minutes"
    return f"{moment.instant.replace(tzinfo=None).isoformat(timespec=timespec)}Z"


@cache
def _to_words(name: str) -> str:
    return _NOT_WORDS.sub(" ", name.casefold()).strip()
