"""What one text of the schedule may look like, and the value it stands for.

A value type reads its value from the reader and describes itself in the JSON Schema, so what the
loader accepts and what editors suggest cannot drift apart.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from yaml.events import ScalarEvent

from perihelion.schedule.guesses import describe_curly_quotes
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.reader import NULL_TEXTS, is_null
from perihelion.schedule.suggestions import quote_text, suggest_choice

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

    from yaml.events import Event

    from perihelion.schedule.reader import YamlReader

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Choice = TypeVar("Choice", bound="StrEnum")

_CONTROL_CHARACTER = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400}
DURATION_PATTERN = r"([1-9]\d{0,5})([mhd])"
_DURATION = re.compile(DURATION_PATTERN, re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}")


def parse_seconds(text: str) -> int | None:
    """The seconds of a duration such as 20m, 6h or 2d; None for any other text."""
    match = _DURATION.fullmatch(text)
    return None if match is None else int(match[1]) * _UNIT_SECONDS[match[2]]


class ValueType(Protocol[T_co]):
    """Reads a value; None means that a mistake has been noted instead."""

    def read_value(self, event: Event | None, reader: YamlReader) -> T_co | None:
        """The value that `event` starts."""

    def to_json_schema(self) -> dict[str, Any]:
        """The same rule as JSON Schema (draft 2020-12)."""


class ScalarType(ABC, Generic[T]):
    """A value type for one text; `wanted` names it in messages."""

    expected = "a text"

    def read_value(self, event: Event | None, reader: YamlReader) -> T | None:
        """The value of a scalar event; anything else is a mistake."""
        if type(event) is not ScalarEvent:
            reader.report_wrong_type(event, self.expected)
            return None
        text = event.value.strip()
        if text in NULL_TEXTS and is_null(event):
            reader.report_missing_value(event, self.expected)
            return None
        try:
            return self.parse(text)
        except InvalidValueError as wrong:
            message = wrong.message + describe_curly_quotes(text)
            reader.add_mistake(event.start_mark, wrong.code, message)
            return None

    @abstractmethod
    def parse(self, text: str) -> T:
        """The value of a stripped text that is not empty. Raises Wrong."""

    def to_json_schema(self) -> dict[str, Any]:
        """The same rule as JSON Schema, with what editors say of any other value."""
        return self.make_json_rule() | {"errorMessage": f"write {self.expected}"}

    @abstractmethod
    def make_json_rule(self) -> dict[str, Any]:
        """The rule alone."""


class TextType(ScalarType[str]):
    """Words for people; on one line unless `lines`."""

    def __init__(self, expected: str = "a text", *, multiline: bool = False) -> None:
        self.expected = expected
        self._multiline = multiline

    def parse(self, text: str) -> str:
        """The text without the space around it."""
        if text.isprintable():
            return text
        if not self._multiline and "\n" in text:
            raise InvalidValueError("lines", "this text must stand on one line")
        found = _CONTROL_CHARACTER.search(text)
        if found:
            number = ord(found.group())
            raise InvalidValueError(
                "character", f"the character U+{number:04X} is not allowed; remove it"
            )
        return text

    def make_json_rule(self) -> dict[str, Any]:
        """A text that is not empty. What some YAML readers take for a number will do as one."""
        pattern = r"\S" if self._multiline else r"^\s*\S(?:.*\S)?\s*$"
        return {"type": ["string", "number", "boolean"], "pattern": pattern}


class PatternType(ScalarType[str]):
    """A text that one regular expression describes whole."""

    def __init__(
        self,
        code: str,
        expected: str,
        pattern: str,
        guess: Callable[[str], str] | None = None,
        *,
        examples: tuple[str, ...] = (),
    ) -> None:
        """`guess` makes of a wrong text what was probably meant; editors offer the `examples`."""
        self.code, self.expected, self._guess, self._examples = code, expected, guess, examples
        self._match = re.compile(pattern).fullmatch
        self._pattern = pattern

    def parse(self, text: str) -> str:
        """The text itself."""
        if self._match(text) is None:
            guess = self._guess(text) if self._guess else ""
            meant = f"; did you mean `{guess}`?" if guess and self._match(guess) else ""
            raise InvalidValueError(
                self.code, f"{quote_text(text)} is not valid here; write {self.expected}{meant}"
            )
        return text

    def make_json_rule(self) -> dict[str, Any]:
        """A string with the same pattern."""
        rule: dict[str, Any] = {"type": "string", "pattern": f"^(?:{self._pattern})$"}
        return rule | ({"examples": list(self._examples)} if self._examples else {})


class EnumType(ScalarType[Choice]):
    """One of an enumeration's values."""

    def __init__(self, enum_class: type[Choice]) -> None:
        self._values = {str(choice): choice for choice in enum_class}
        self._names = tuple(self._values)
        self.expected = "one of " + ", ".join(f"`{name}`" for name in self._names)

    def parse(self, text: str) -> Choice:
        """The member of that value."""
        value = self._values.get(text)
        if value is None:
            message = f"unknown choice {quote_text(text)}; {suggest_choice(text, self._names)}"
            if "did you mean" in message:
                message += f" (the choices are {', '.join(self._names)})"
            raise InvalidValueError("bad-choice", message)
        return value

    def make_json_rule(self) -> dict[str, Any]:
        """The values."""
        return {"enum": list(self._names)}


class IntegerType(ScalarType[int]):
    """A whole number between two bounds, both included."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high
        self.expected = f"a whole number from {low} to {high}"

    def parse(self, text: str) -> int:
        """The number."""
        if _NUMBER.fullmatch(text) is None or not self._low <= int(text) <= self._high:
            raise InvalidValueError(
                "bad-number", f"{quote_text(text)} is not valid here; write {self.expected}"
            )
        return int(text)

    def make_json_rule(self) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "minimum": self._low, "maximum": self._high}
