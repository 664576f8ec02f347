"""The key `observe`: on which day, or at which instant, an event is observed."""

from __future__ import annotations

from typing import Any

from perihelion.model.moments import ObserveMode, YearlyRule
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.scalar_types import EnumType, ScalarType
from perihelion.schedule.yearly_rules import EXAMPLE, parse_rule


class ObserveType(ScalarType[ObserveMode | YearlyRule]):
    """A mode, or a rule that gives a day of each year."""

    def __init__(self) -> None:
        self._mode = EnumType(ObserveMode)
        self._rules: dict[str, YearlyRule] = {}
        self.expected = f"{self._mode.expected}, or a rule such as {EXAMPLE}"

    def parse(self, text: str) -> ObserveMode | YearlyRule:
        """The mode or the rule; equal rules are one."""
        if "=" in text:
            if text not in self._rules:
                self._rules[text] = parse_rule(text)
            return self._rules[text]
        try:
            return self._mode.parse(text)
        except InvalidValueError as wrong:
            message = f"{wrong.message}, or a rule such as {EXAMPLE}"
            raise InvalidValueError(wrong.code, message) from None

    def make_json_rule(self) -> dict[str, Any]:
        """A mode, or a text that begins as rules do."""
        rule = {
            "type": "string",
            "pattern": "^[A-Za-z]+=[^;]+(?:;[A-Za-z]+=[^;]+)+$",
            "examples": [EXAMPLE],
            "errorMessage": f"write {self.expected}",
        }
        return {"anyOf": [self._mode.make_json_rule(), rule]}
