"""Spans of time as values."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.scalar_types import ScalarType
from perihelion.schedule.suggestions import quote_text

_DAYS = re.compile(r"([1-9]\d{0,2})d", re.ASCII)


class DaysType(ScalarType[timedelta]):
    """A number of days such as 300d, from 1 to `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.expected = f"a number of days from 1d to {most}d"

    def parse(self, text: str) -> timedelta:
        """The span."""
        match = _DAYS.fullmatch(text)
        if match is None or int(match[1]) > self._most:
            raise InvalidValueError(
                "bad-days", f"{quote_text(text)} is not valid here; write {self.expected}"
            )
        return timedelta(days=int(match[1]))

    def make_json_rule(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": f"^{_DAYS.pattern}$"}
