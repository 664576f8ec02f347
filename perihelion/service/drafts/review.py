"""Drafts against the schedule: what is wrong, what is there already, what looks like a twin."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.schedule.load import parse_with_mistakes
from perihelion.service.drafts.draft_file import MISSIONS_KEY, render_drafts
from perihelion.service.event_fields import format_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from perihelion.model.missions import Event, Schedule
    from perihelion.service.drafts.draft import Draft

ALIKE = 0.6
"""How alike two titles of nearly the same day are, from 0 to 1, where both may tell the same."""

_NEAR = timedelta(days=1)
_SAME_MOMENT = timedelta(minutes=2)
"""How far apart two sources may put the moment of one event."""

_KEY = re.compile(r"\s*(?:- )?([a-z_]+):")


@dataclass(frozen=True, slots=True)
class Review:
    """The drafts that are new, with warnings; those that the schedule has; and what is wrong."""

    drafts: tuple[Draft, ...]
    present: tuple[Draft, ...]
    mistakes: tuple[Mistake, ...]

    def keep_right(self) -> Review:
        """Only the drafts without a mistake, for lists that nobody here can correct."""
        wrong = {one.location.file for one in self.mistakes}
        right = tuple(draft for draft in self.drafts if draft.place not in wrong)
        return Review(right, self.present, ())


def review_drafts(drafts: Sequence[Draft], schedule: Schedule) -> Review:
    """Look at each draft as `check` would, and compare it with what the schedule has."""
    known = {event.full_id: event for event in schedule.events}
    by_day = _group_by_day(schedule.events)
    first_places: dict[str, str] = {}
    new, present, mistakes = [], [], list[Mistake]()
    for draft in drafts:
        event, wrong = _parse_draft(draft)
        mistakes += wrong
        first = first_places.setdefault(draft.full_id, draft.place)
        if first is not draft.place:
            message = f"the same mission and id as {first}; give one of them another id"
            mistakes.append(_at(draft, "duplicate-id", message))
        elif draft.full_id in known:
            note = _compare(event, known[draft.full_id])
            present.append(replace(draft, warnings=(note,)))
        else:
            twins = _describe_twins(event, by_day) if event else []
            new.append(replace(draft, warnings=(*draft.warnings, *twins)))
    return Review(tuple(new), tuple(present), tuple(mistakes))


def _parse_draft(draft: Draft) -> tuple[Event | None, list[Mistake]]:
    """The event, if it is right; or each mistake at the draft's own place."""
    text = render_drafts([draft], MISSIONS_KEY)
    schedule, found = parse_with_mistakes(text.encode(), draft.place)
    lines = text.splitlines()
    mistakes = [_at(draft, one.code, f"{_find_key(lines, one)}{one.message}") for one in found]
    return next(iter(schedule.events), None), mistakes


def _at(draft: Draft, code: str, message: str) -> Mistake:
    return Mistake(SourceLocation(draft.place), code, message)


def _find_key(lines: list[str], mistake: Mistake) -> str:
    """`title: `, the key that a mistake is about: on its line, or the nearest one above it."""
    if mistake.code == "missing-key":
        return ""
    found = (_KEY.match(one) for one in reversed(lines[: mistake.location.line]))
    return next((f"{match[1]}: " for match in found if match), "")


def _group_by_day(events: Iterable[Event]) -> Mapping[date, list[Event]]:
    found: defaultdict[date, list[Event]] = defaultdict(list)
    for event in events:
        found[event.moment.day].append(event)
    return found


def _describe_twins(event: Event, by_day: Mapping[date, list[Event]]) -> list[str]:
    """A warning for each event of the schedule that may be the same, with where they disagree."""
    own = event.moment.day
    near = (one for step in (-1, 0, 1) for one in by_day.get(own + step * _NEAR, ()))
    return [_compare(event, one) for one in near if _may_be_same(event, one)]


def _may_be_same(draft: Event, event: Event) -> bool:
    if draft.kind == event.kind and draft.mission.id == event.mission.id:
        return True
    ours, theirs = draft.moment.instant, event.moment.instant
    if ours and theirs and draft.kind == event.kind and abs(ours - theirs) <= _SAME_MOMENT:
        return True
    return SequenceMatcher(None, draft.title.casefold(), event.title.casefold()).ratio() >= ALIKE


def _compare(draft: Event | None, event: Event) -> str:
    """`may be the same as apollo-11/landing (schedule/apollo.yaml:40:9); they disagree: ...`."""
    name = f"{event.full_id} ({event.location or 'schedule'})"
    if draft is None or draft.full_id == event.full_id:
        note = f"in the schedule already: {name}"
    else:
        note = f"may be the same as {name}"
    if draft is not None and _disagree(draft, event):
        here, there = format_moment(draft.moment), format_moment(event.moment)
        note += f"; they disagree: {here} here, {there} there"
    return note


def _disagree(draft: Event, event: Event) -> bool:
    """Whether the two cannot both be right: the less exact one does not hold the other."""
    if draft.moment.instant is None or event.moment.instant is None:
        return draft.moment.day != event.moment.day
    minutes = [one.moment.instant.replace(second=0) for one in (draft, event) if one.moment.instant]
    both_exact = draft.moment.precision == event.moment.precision
    if both_exact:
        return draft.moment.instant != event.moment.instant
    return minutes[0] != minutes[1]
