"""A new event from what a person says, one answer after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perihelion.compose.picture_files import find_picture_problem
from perihelion.model.accounts import Account
from perihelion.model.missions import Schedule
from perihelion.schedule.load import parse_with_mistakes
from perihelion.schedule.suggestions import find_closest_match, suggest_choice
from perihelion.service.drafts.draft import Draft
from perihelion.service.drafts.draft_file import MISSIONS_KEY, render_drafts
from perihelion.service.drafts.import_rows import make_id
from perihelion.service.drafts.review import review_drafts
from perihelion.service.event_fields import MISSION_FIELDS, parse_page
from perihelion.service.folded_text import fold_text
from perihelion.service.new_mission import find_file_problem, find_id_problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from perihelion.model.missions import Mission
    from perihelion.service.wiring import App

PLACE = "the new event"
_ORDER = (
    *MISSION_FIELDS,
    *("id", "at", "kind", "title", "text", "people", "pictures", "sources"),
)
_EXAMPLE: Mapping[str, Any] = {
    "mission": "m",
    "id": "e",
    "at": "2000-01-01",
    "title": "A title",
    "sources": ["a source"],
}
"""What stands for what was not said yet, while the rest is checked."""

_NOTHING = Schedule((), (), (), local_account=Account("local", "local"))


@dataclass(frozen=True, slots=True)
class NewEvent:
    """The event as a draft, what looks like it, and every mistake in it."""

    draft: Draft
    day: date | None
    """When it took place; None if there are mistakes."""
    twins: Sequence[str]
    mistakes: Sequence[str]
    file: str = ""
    """If its mission is new: the file for it, from the schedule's folder on."""


def find_problem(app: App, name: str, value: object) -> str:
    """What is wrong with one answer, and what to do about it; "" if nothing is.

    A `mission` must be there, and a `new_mission` must not.
    """
    if name == "file":
        return find_file_problem(app.settings.schedule, app.schedule.include, str(value))
    if problem := _find_misfit(app, name, value):
        return problem
    field = "mission" if name == "new_mission" else name
    found = review_drafts([Draft(PLACE, {**_EXAMPLE, field: value})], _NOTHING)
    return "; ".join(one.message for one in found.mistakes)


def _find_misfit(app: App, name: str, value: object) -> str:
    """What is wrong with one answer, given the schedule, the templates and the pictures' files."""
    match name:
        case "mission":
            known = tuple(mission.id for mission in app.schedule.missions)
            said = f"there is no mission {value!r}; {_suggest(value, known)}"
            return "" if value in known else said
        case "new_mission":
            return find_id_problem(app.schedule, str(value))
        case "mission_name":
            return "" if str(value).strip() else "a mission needs a name, as readers will see it"
        case "kind":
            return _find_kind_problem(app, str(value))
        case "pictures":
            return next(filter(None, map(find_picture_problem, _list_files(app, value))), "")
        case _:
            return ""


def _find_kind_problem(app: App, kind: str) -> str:
    kinds = tuple(sorted({*app.templates.kinds, *(one.kind for one in app.schedule.events)}))
    known = tuple(one for one in kinds if one != "default") or ("event",)
    if kind in {*known, "event"}:
        return ""
    return f"there is no kind {kind!r}; {suggest_choice(kind, known)}"


def find_missions(schedule: Schedule, words: str) -> list[Mission]:
    """The mission of that id, or those in whose id or name the words stand."""
    exact = [one for one in schedule.missions if one.id == words]
    wanted = fold_text(words)
    return exact or [
        one for one in schedule.missions if wanted in fold_text(f"{one.id} {one.name}")
    ]


def make_new_event(app: App, answers: Mapping[str, Any]) -> NewEvent:
    """The event of these answers, which may lack an `id`: the title makes one."""
    fields = {"id": answers.get("id") or _choose_id(app, answers), **answers}
    draft = Draft(PLACE, {name: fields[name] for name in _ORDER if fields.get(name)})
    review = review_drafts([draft], app.schedule)
    mistakes = [one.message for one in review.mistakes]
    mistakes += [warning for one in review.present for warning in one.warnings]
    twins = [warning for one in review.drafts for warning in one.warnings]
    parsed, _ = parse_with_mistakes(render_drafts([draft], MISSIONS_KEY).encode(), PLACE)
    day = next((event.moment.day for event in parsed.events), None)
    return NewEvent(draft, day, twins, mistakes, answers.get("file", ""))


def parse_source(text: str) -> str | dict[str, str]:
    """A source as the schedule has it: a title, or a mapping where there is an address."""
    found = parse_page(text)
    return text if set(found) <= {"title"} else found


def _choose_id(app: App, answers: Mapping[str, Any]) -> str:
    """An id that no other event of the mission has."""
    taken = {one.id for one in app.schedule.events if one.mission.id == answers.get("mission")}
    mission = f"{answers.get('mission')}-"
    first = make_id(str(answers.get("title", ""))).removeprefix(mission)
    year = str(answers.get("at", ""))[:4]
    more = (f"{first}-{year}", *(f"{first}-{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in (first, *more) if one not in taken)


def _suggest(value: object, known: tuple[str, ...]) -> str:
    close = find_closest_match(str(value), known)
    return f"did you mean {close}?" if close else "a new one needs a name (--mission-name)"


def _list_files(app: App, value: object) -> list[Path]:
    assert isinstance(value, list)  # noqa: S101 - both callers make one
    return [app.settings.schedule.parent / one["file"] for one in value]
