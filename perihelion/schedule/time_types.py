"""Times of day, and how late a post may be."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from perihelion.model.moments import LatePolicy
from perihelion.schedule.guesses import guess_duration, guess_time
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.scalar_types import (
    DURATION_PATTERN,
    ScalarType,
    parse_seconds,
)
from perihelion.schedule.suggestions import quote_text

_MAX_LATE_SECONDS = 366 * 86400
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class TimeOfDayType(ScalarType[time]):
    """A time of day, to the minute."""

    expected = 'a time of day such as "15:00"'

    def parse(self, text: str) -> time:
        """The time, without a zone."""
        match = _TIME_OF_DAY.fullmatch(text)
        if match is None:
            guess = guess_time(text)
            meant = f'; did you mean "{guess}"?' if guess else ""
            raise InvalidValueError(
                "bad-time", f"{quote_text(text)} is not a time of day; write {self.expected}{meant}"
            )
        return time(int(match[1]), int(match[2]))

    def make_json_rule(self) -> dict[str, Any]:
        """A string; unquoted, some YAML readers would take it for a number in base 60."""
        return {"type": "string", "pattern": f"^{_TIME_OF_DAY.pattern}$"}


class LatePolicyType(ScalarType[LatePolicy]):
    """How late a post may be: the same day, or a duration."""

    expected = "`same-day`, or a duration such as 90m, 6h or 2d"

    def __init__(self) -> None:
        self._policies = {"same-day": LatePolicy()}

    def parse(self, text: str) -> LatePolicy:
        """The policy; equal texts share one."""
        late = self._policies.get(text)
        if late is None:
            late = self._policies[text] = self._parse_duration(text)
        return late

    def _parse_duration(self, text: str) -> LatePolicy:
        seconds = parse_seconds(text)
        if seconds is None:
            guess = guess_duration(text)
            meant = f"; did you mean `{guess}`?" if guess else ""
            message = f"{quote_text(text)} is not a valid `late`; write {self.expected}{meant}"
            raise InvalidValueError("bad-late", message)
        if seconds > _MAX_LATE_SECONDS:
            raise InvalidValueError(
                "bad-late", f"{quote_text(text)} is over a year; write {self.expected}"
            )
        return LatePolicy(seconds)

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": f"^(?:same-day|{DURATION_PATTERN})$"}
