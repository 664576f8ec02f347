"""A choice among the numbers of years: `every`, `round`, or a list of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.events import SequenceStartEvent

from perihelion.model.year_rules import EVERY_YEAR, ROUND_YEARS, YearsRule
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.list_types import ListType
from perihelion.schedule.scalar_types import IntegerType, ScalarType
from perihelion.schedule.suggestions import quote_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yaml.events import Event

    from perihelion.schedule.reader import YamlReader

MAX_YEARS = 1000
_WORDS = {"every": EVERY_YEAR, "round": ROUND_YEARS}


class YearsRuleType(ScalarType[YearsRule]):
    """`every`, `round` or a list of numbers of years; and the `other_words` with their rules."""

    def __init__(self, other_words: Mapping[str, YearsRule] | None = None) -> None:
        self._rules = _WORDS | dict(other_words or {})
        self._number = IntegerType(1, MAX_YEARS)
        self._list = ListType(self._number, min_items=1)
        words = ", ".join(f"`{word}`" for word in self._rules)
        self.expected = f"{words}, or a list of numbers of years such as [1, 5, 10]"

    def read_value(self, event: Event | None, reader: YamlReader) -> YearsRule | None:
        """The rule."""
        if type(event) is not SequenceStartEvent:
            return super().read_value(event, reader)
        listed = self._list.read_value(event, reader)
        return None if listed is None else YearsRule(listed)

    def parse(self, text: str) -> YearsRule:
        """The rule of one word, or of one number of years."""
        if text.isdecimal():
            return YearsRule((self._number.parse(text),))
        if text not in self._rules:
            message = f"unknown choice {quote_text(text)}; write {self.expected}"
            raise InvalidValueError("bad-years", message)
        return self._rules[text]

    def make_json_rule(self) -> dict[str, Any]:
        """One of the words, a number, or an array of numbers."""
        words: list[str | bool] = list(self._rules)
        words += [word == "true" for word in self._rules if word in {"true", "false"}]
        return {"anyOf": [{"enum": words}, *self._list.to_json_schema()["anyOf"]]}
