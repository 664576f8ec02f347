"""Which event each milestone counts from, and whether it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.model.moments import Precision
from perihelion.model.source_location import Mistake
from perihelion.model.units import Unit
from perihelion.schedule.milestone_types import MAX_DISTANCE

if TYPE_CHECKING:
    from perihelion.model.source_location import SourceLocation
    from perihelion.model.units import Milestone

    Written = tuple[Milestone, SourceLocation | None]

_MARS_UNITS = frozenset({Unit.SOLS, Unit.MARS_YEARS})


def assign_milestones(parsed_mission: dict[str, Any]) -> list[Mistake]:
    """Give a mission's milestones to its events; every mistake in these and in the events' own.

    Sols and Mars years count from the event `landing`, all else from the event `launch`. An event
    keeps in `milestones` what it can be remembered by.
    """
    mistakes: list[Mistake] = []
    events = {event["id"]: event for event in parsed_mission.get("events", ()) if "id" in event}
    given: dict[str, list[Written]] = {}
    for milestone in parsed_mission.get("milestones", ()):
        name = "landing" if milestone.unit in _MARS_UNITS else "launch"
        location = parsed_mission["milestones_location"]
        given.setdefault(name, []).append((milestone, location))
        if name not in events:
            message = (
                f"`{milestone}` of a mission count from its event `{name}`, which it does not "
                "have; move them into the event that they count from"
            )
            mistakes.append(Mistake(location, "bad-milestone", message))
    for event in events.values():
        if "milestones" in event or event["id"] in given:
            mistakes += _settle_event(event, given.get(event["id"], []))
    return mistakes


def _settle_event(event: dict[str, Any], given: list[Written]) -> list[Mistake]:
    own = event.get("milestones", ())
    location = event.pop("milestones_location", None)
    mistakes = []
    kept: dict[Milestone, None] = {}
    for milestone, where in [*given, *((one, location) for one in own)]:
        problem = _explain_impossible(milestone, event)
        if milestone in kept:
            problem = f"`{milestone}` stand here twice; remove one of them"
        if problem:
            mistakes.append(Mistake(where, "bad-milestone", problem))
        else:
            kept[milestone] = None
    event["milestones"] = tuple(kept)
    return mistakes


def _explain_impossible(milestone: Milestone, event: dict[str, Any]) -> str:
    """Why `event` cannot be remembered by `milestone`; empty if it can."""
    at, period = event.get("at"), event.get("period")
    if at is not None and at.precision is Precision.DAY and milestone.needs_instant:
        return f"`{milestone}` need an instant: write the time into `at`, or count days or weeks"
    if milestone.unit is not Unit.ORBITS:
        return ""
    if period is None:
        return "orbits need `period`, how long one of them takes, such as `period: 92.9m`"
    if milestone.count * period.total_seconds() > MAX_DISTANCE.total_seconds():
        return f"`{milestone}` are more than a thousand years; write fewer"
    return ""
