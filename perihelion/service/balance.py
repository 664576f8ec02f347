"""How a schedule's events are shared out: decades, agencies, people, sources, languages, days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from perihelion.model.missions import Event, Schedule
    from perihelion.model.sources import Source

Table: TypeAlias = "Mapping[str, int]"

_INSTITUTIONS: Final = (
    *("nasa.gov", "esa.int", "jaxa.jp", "dlr.de", "cnes.fr", "isro.gov.in", "eso.org", "si.edu"),
    *(".gov", ".mil", ".edu", ".museum", "museum.org", "planetary.org", "planet4589.org"),
)
"""How the hosts end of agencies, observatories, museums, universities and standard works."""

_ENCYCLOPEDIAS: Final = ("wikipedia.org", "britannica.com", "encyclopedia.com")
_JOURNALS: Final = ("doi.org", "nature.com", "science.org", "aip.org", "scientificamerican.com")


@dataclass(frozen=True, slots=True)
class Section:
    """One table: what is counted, and how often each of it was found."""

    name: str
    counts: Table


def measure_balance(schedule: Schedule, women: Collection[str]) -> list[Section]:
    """The tables of the schedule's events; `women` are the names of people who are women."""
    events = schedule.events
    return [
        Section("decade", _count_sorted(f"{e.moment.day.year // 10 * 10}s" for e in events)),
        Section("importance", _count_sorted(str(e.importance) for e in events)),
        Section("kind", _count_most(e.kind for e in events)),
        Section("agency", _count_most(a for e in events for a in e.mission.agencies or ("none",))),
        Section("people", _count_people(events, women)),
        Section("sources", _count_most(classify_source(s) for e in events for s in e.sources)),
        Section("events with", _count_traits(events, _list_languages(events))),
        Section("days of the year with", _count_days(events)),
    ]


def classify_source(source: Source) -> str:
    """What sort of page it leads to: of an institution, a journal, an encyclopedia, or another."""
    if not source.page:
        return "without a page"
    host = urlsplit(source.page).hostname or ""
    for name, ends in (
        ("institution or standard work", _INSTITUTIONS),
        ("journal", _JOURNALS),
        ("encyclopedia", _ENCYCLOPEDIAS),
    ):
        if host.endswith(ends):
            return name
    return "other page"


def _count_people(events: Iterable[Event], women: Collection[str]) -> Table:
    """How many people are named, and in how many events anybody, and a woman, is."""
    named = [set(event.people) for event in events if event.people]
    people: set[str] = set().union(*named)
    return {
        "women": len(people & set(women)),
        "men and others": len(people - set(women)),
        "events that name anybody": len(named),
        "events that name a woman": sum(not names.isdisjoint(women) for names in named),
    }


def _list_languages(events: Iterable[Event]) -> list[str]:
    return sorted({language for event in events for language, _ in event.translations})


def _count_traits(events: Collection[Event], languages: Iterable[str]) -> Table:
    """How many events have what an editor looks for."""
    traits = {
        "a time of day": sum(event.moment.instant is not None for event in events),
        "a lead": sum(bool(event.lead) for event in events),
        "several texts": sum(bool(event.texts) for event in events),
        "a long text": sum(bool(event.long) for event in events),
        "a link": sum(bool(event.links) for event in events),
    }
    told = {
        f"the language {language}": sum(e.find_translation(language) is not None for e in events)
        for language in languages
    }
    return traits | told


def _count_days(events: Iterable[Event]) -> Table:
    """How many days of a leap year have no event, one, and two or more."""
    days = Counter(
        (event.moment.day.month, event.moment.day.day) for event in events if not event.only_replay
    )
    alone = sum(number == 1 for number in days.values())
    return {"no event": 366 - len(days), "one": alone, "two or more": len(days) - alone}


def _count_sorted(values: Iterable[str]) -> Table:
    return dict(sorted(Counter(values).items(), key=lambda pair: (len(pair[0]), pair[0])))


def _count_most(values: Iterator[str]) -> Table:
    """The most frequent first; equal ones by name."""
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))
