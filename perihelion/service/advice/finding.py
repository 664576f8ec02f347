"""An advice about an event, and the schedule's own `advice_off`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perihelion.model.advice_codes import AdviceCode
from perihelion.model.source_location import Mistake
from perihelion.service.advice.places import locate_key
from perihelion.service.local_faults import locate_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.missions import Event, Mission


class Advice(NamedTuple):
    """What is said of `event`; `finding` has its place, its code and its words."""

    event: Event
    finding: Mistake


def advise(event: Event, code: AdviceCode, message: str, key: str = "") -> Advice:
    """An advice at the event's `key`, or at the beginning of the event."""
    location = locate_key(event, key) if key else locate_event(event)
    return Advice(event, Mistake(location, code, f"{event.full_id}: {message}"))


def apply_advice_off(advices: Iterable[Advice], events: Iterable[Event]) -> Iterator[Mistake]:
    """All that neither event nor mission turns off, and each `advice_off` that is needless."""
    used: set[tuple[Event | Mission, str]] = set()
    for advice in advices:
        owners, finding = list_owners_against(advice), advice.finding
        used.update((one, finding.code) for one in owners)
        if not owners:
            yield finding
    yield from _find_unused(used, events)


def list_owners_against(advice: Advice) -> list[Event | Mission]:
    """Its event and its event's mission, if they turn the advice off."""
    event, finding = advice
    return [one for one in (event, event.mission) if finding.code in dict(one.advice_off)]


def list_unexplained(disagreements: Iterable[Advice]) -> Iterator[Mistake]:
    """All that neither event nor mission turns off."""
    for event, finding in disagreements:
        if finding.code not in dict((*event.advice_off, *event.mission.advice_off)):
            yield finding


def _find_unused(
    used: set[tuple[Event | Mission, str]], events: Iterable[Event]
) -> Iterator[Mistake]:
    """Each `advice_off` that turns nothing off; that of a mission at its first event."""
    owners: dict[Event | Mission, Event] = {}
    for event in events:
        for one in (event, event.mission):
            if one.advice_off:
                owners.setdefault(one, event)
    for owner, event in owners.items():
        for code, _ in owner.advice_off:
            # What explains a disagreement is not needless for want of the table or the revision.
            if (owner, code) not in used and code not in {AdviceCode.FACTS, AdviceCode.LOST_ID}:
                message = f"`advice_off` names `{code}`, and there is no such advice; remove it"
                yield advise(event, AdviceCode.UNUSED, message).finding
