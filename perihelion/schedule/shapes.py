"""What one text of the schedule may look like, and the value it stands for.

A shape reads a value from the walk and describes itself to the JSON Schema: what the loader takes
and what editors are told cannot drift apart.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import time
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from yaml.events import ScalarEvent

from perihelion.model.moments import Late
from perihelion.schedule.suggest import instead, quote
from perihelion.schedule.walk import NOTHING, is_nothing

if TYPE_CHECKING:
    from enum import StrEnum

    from yaml.events import Event

    from perihelion.schedule.walk import Walk

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Choice = TypeVar("Choice", bound="StrEnum")

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_UNITS = {"m": 60, "h": 3600, "d": 86400}
_LATEST = 366 * 86400
_MINUTE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DURATION = re.compile(r"([1-9]\d{0,5})([mhd])", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}")


class Shape(Protocol[T_co]):
    """Reads a value; None means that a mistake has been noted instead."""

    def read(self, event: Event | None, walk: Walk) -> T_co | None:
        """The value that `event` starts."""

    def schema(self) -> dict[str, Any]:
        """The same rule as JSON Schema (draft 2020-12)."""


class Wrong(ValueError):
    """What is wrong with one text. Never leaves this package: the walk notes it as a mistake."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


class Scalar(ABC, Generic[T]):
    """A shape made of one text; `wanted` names it in messages."""

    wanted = "a text"

    def read(self, event: Event | None, walk: Walk) -> T | None:
        """The value of a scalar event; anything else is a mistake."""
        if type(event) is not ScalarEvent:
            walk.mismatch(event, self.wanted)
            return None
        text = event.value.strip()
        if text in NOTHING and is_nothing(event):
            walk.lack(event, self.wanted)
            return None
        try:
            return self.parse(text)
        except Wrong as wrong:
            walk.complain(event.start_mark, wrong.code, wrong.message)
            return None

    @abstractmethod
    def parse(self, text: str) -> T:
        """The value of a stripped text that is not empty. Raises Wrong."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The same rule as JSON Schema."""


class Text(Scalar[str]):
    """Words for people; on one line unless `lines`."""

    def __init__(self, wanted: str = "a text", *, lines: bool = False) -> None:
        self.wanted = wanted
        self._lines = lines

    def parse(self, text: str) -> str:
        """The text without the space around it."""
        if text.isprintable():
            return text
        if not self._lines and "\n" in text:
            raise Wrong("lines", "this text must stand on one line")
        found = _CONTROL.search(text)
        if found:
            number = ord(found.group())
            raise Wrong("character", f"the character U+{number:04X} is not allowed; remove it")
        return text

    def schema(self) -> dict[str, Any]:
        """A text that is not empty. What some YAML readers take for a number will do as one."""
        pattern = r"\S" if self._lines else r"^\s*\S(?:.*\S)?\s*$"
        return {"type": ["string", "number", "boolean"], "pattern": pattern}


class Pattern(Scalar[str]):
    """A text that one regular expression describes whole."""

    def __init__(self, code: str, wanted: str, pattern: str) -> None:
        self.code, self.wanted = code, wanted
        self._match = re.compile(pattern).fullmatch
        self._pattern = pattern

    def parse(self, text: str) -> str:
        """The text itself."""
        if self._match(text) is None:
            raise Wrong(self.code, f"{quote(text)} does not do; write {self.wanted}")
        return text

    def schema(self) -> dict[str, Any]:
        """A string with the same pattern."""
        return {"type": "string", "pattern": f"^(?:{self._pattern})$"}


class OneOf(Scalar[Choice]):
    """One of an enumeration's values."""

    def __init__(self, kind: type[Choice]) -> None:
        self._values = {str(choice): choice for choice in kind}
        self._names = tuple(self._values)
        self.wanted = "one of " + ", ".join(f"`{name}`" for name in self._names)

    def parse(self, text: str) -> Choice:
        """The member of that value."""
        value = self._values.get(text)
        if value is None:
            message = f"unknown choice {quote(text)}; {instead(text, self._names)}"
            if "did you mean" in message:
                message += f" (the choices are {', '.join(self._names)})"
            raise Wrong("bad-choice", message)
        return value

    def schema(self) -> dict[str, Any]:
        """The values."""
        return {"enum": list(self._names)}


class Number(Scalar[int]):
    """A whole number between two bounds, both included."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high
        self.wanted = f"a whole number from {low} to {high}"

    def parse(self, text: str) -> int:
        """The number."""
        if _NUMBER.fullmatch(text) is None or not self._low <= int(text) <= self._high:
            raise Wrong("bad-number", f"{quote(text)} does not do; write {self.wanted}")
        return int(text)

    def schema(self) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "minimum": self._low, "maximum": self._high}


class Clock(Scalar[time]):
    """A time of day, to the minute."""

    wanted = 'a time of day such as "15:00"'

    def parse(self, text: str) -> time:
        """The time, without a zone."""
        match = _MINUTE.fullmatch(text)
        if match is None:
            raise Wrong("bad-time", f"{quote(text)} is no time of day; write {self.wanted}")
        return time(int(match[1]), int(match[2]))

    def schema(self) -> dict[str, Any]:
        """A string; unquoted, some YAML readers would take it for a number in base 60."""
        return {"type": "string", "pattern": f"^{_MINUTE.pattern}$"}


class Lateness(Scalar[Late]):
    """How late a post may be: the same day, or a duration."""

    wanted = "`same-day`, or a duration such as 90m, 6h or 2d"

    def __init__(self) -> None:
        self._known = {"same-day": Late()}

    def parse(self, text: str) -> Late:
        """The policy; equal texts share one."""
        late = self._known.get(text)
        if late is None:
            late = self._known[text] = self._duration(text)
        return late

    def _duration(self, text: str) -> Late:
        match = _DURATION.fullmatch(text)
        if match is None:
            raise Wrong("bad-late", f"{quote(text)} is no lateness; write {self.wanted}")
        seconds = int(match[1]) * _UNITS[match[2]]
        if seconds > _LATEST:
            raise Wrong("bad-late", f"{quote(text)} is over a year; write {self.wanted}")
        return Late(seconds)

    def schema(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "pattern": f"^(?:same-day|{_DURATION.pattern})$"}
