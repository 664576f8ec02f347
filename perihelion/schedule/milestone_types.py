"""The keys `milestones` and `period`: what an event is remembered by besides years."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from perihelion.model.units import (
    CALENDAR_UNIT_DAYS,
    MILESTONE_UNITS,
    UNIT_SECONDS,
    Milestone,
    Unit,
)
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.scalar_types import ScalarType
from perihelion.schedule.suggestions import quote_text, suggest_choice

MAX_DISTANCE = timedelta(days=365_250)
"""How long after its event a milestone may be: a thousand years."""

_UNITS = tuple(str(unit) for unit in MILESTONE_UNITS)
_MILESTONE = re.compile(r"([1-9][0-9]{0,10}) ([a-z]+(?:-[a-z]+)*)")
_PERIOD = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)([mhd])")
_PERIOD_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class MilestoneType(ScalarType[Milestone]):
    """A whole number and a unit."""

    expected = "a whole number and a unit, such as `10000 days` or `500 sols`"

    def parse(self, text: str) -> Milestone:
        """The milestone."""
        match = _MILESTONE.fullmatch(text)
        if match is None:
            message = f"{quote_text(text)} is not a milestone; write {self.expected}"
            raise InvalidValueError("bad-milestone", message)
        if match[2] not in _UNITS:
            raise InvalidValueError("bad-milestone", _describe_unit_mistake(match[2]))
        milestone = Milestone(int(match[1]), Unit(match[2]))
        if _measure_seconds(milestone) > MAX_DISTANCE.total_seconds():
            message = f"{quote_text(text)} are more than a thousand years; write fewer"
            raise InvalidValueError("bad-milestone", message)
        return milestone

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        pattern = rf"^[1-9][0-9]{{0,10}} (?:{'|'.join(_UNITS)})$"
        return {"type": "string", "pattern": pattern, "examples": ["10000 days", "500 sols"]}


class PeriodType(ScalarType[timedelta]):
    """How long one orbit takes."""

    expected = "how long one orbit takes, such as 92.9m, 12h or 60190d"

    def parse(self, text: str) -> timedelta:
        """The period."""
        match = _PERIOD.fullmatch(text)
        period = timedelta(**{_PERIOD_UNITS[match[2]]: float(match[1])}) if match else timedelta(0)
        if not timedelta(minutes=1) <= period <= MAX_DISTANCE:
            message = f"{quote_text(text)} is not a period; write {self.expected}"
            raise InvalidValueError("bad-period", message)
        return period

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": f"^{_PERIOD.pattern}$"}


def _describe_unit_mistake(unit: str) -> str:
    if unit in {"year", "years"}:
        return "years need no milestone: every event is observed each year; remove this one"
    return f"unknown unit {quote_text(unit)}; {suggest_choice(unit, _UNITS)}"


def _measure_seconds(milestone: Milestone) -> float:
    """How long `milestone` is, where that does not depend on the event; else 0."""
    days = CALENDAR_UNIT_DAYS.get(milestone.unit)
    return milestone.count * (days * 86_400 if days else UNIT_SECONDS.get(milestone.unit, 0.0))
