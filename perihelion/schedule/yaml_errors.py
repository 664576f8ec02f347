"""libyaml's complaints, in words that say what to do."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from yaml import MarkedYAMLError

from perihelion.schedule.syntax_causes import Complaint, find_cause

_NEEDS_QUOTES = "a text that starts like this must be quoted"
_ADVICE = {
    "cannot start any token": "a text that starts with this character must be quoted",
    "did not find expected node content": "a value is missing here",
    "did not find expected alphabetic or numeric": _NEEDS_QUOTES,
    "did not find expected comment or line break": _NEEDS_QUOTES,
    "block sequence entries are not allowed": _NEEDS_QUOTES,
    "mapping keys are not allowed": _NEEDS_QUOTES,
    "unknown escape character": "inside double quotes a backslash is written twice",
    "hexdecimal number": "inside double quotes a backslash is written twice",
    "invalid Unicode character escape": "write the character itself",
    "expected <document start>": "a schedule is one document, so remove the `...` above",
    "incompatible YAML document": "remove this line",
}
_LINE_BREAK = re.compile("\r\n|\r|\n")


class YamlPosition(Protocol):
    """A place as libyaml counts: both from 0."""

    @property
    def line(self) -> int:
        """The line, from 0."""

    @property
    def column(self) -> int:
        """The character in it, from 0."""


class Position(NamedTuple):
    """A place of our own making."""

    line: int
    column: int


def explain_yaml_error(error: Exception, data: bytes) -> tuple[YamlPosition, str, str]:
    """Where a syntax error stands, its code, and a message with advice.

    The place is that of the cause where the lines show it, or else of libyaml's complaint.
    """
    problem = str(getattr(error, "problem", None) or error)
    found = _find_position(getattr(error, "problem_mark", None))
    begun = _find_position(getattr(error, "context_mark", None))
    position = found or begun or Position(0, 0)
    lines = _LINE_BREAK.split(data.decode("utf-8", "replace").removeprefix("\ufeff"))
    if _is_tab_at(position, lines):
        return position, "tab", "there is a tab here; indent YAML with spaces only"
    cause = find_cause(Complaint(problem, *position, *(begun or position)), lines)
    if cause:
        line, column, code, message = cause
        return Position(line, column), code, f"not valid YAML: {message}"
    advice = next((words for part, words in _ADVICE.items() if part in problem), "")
    message = (
        f"not valid YAML: {problem}" + _describe_context(error) + (f"; {advice}" if advice else "")
    )
    return position, "syntax", message


def read_rest_of_line(position: YamlPosition, data: bytes) -> str:
    """What stands in its line from `position` on."""
    lines = _LINE_BREAK.split(data.decode("utf-8", "replace").removeprefix("\ufeff"))
    return lines[position.line][position.column :] if position.line < len(lines) else ""


def _find_position(mark: YamlPosition | None) -> Position | None:
    return None if mark is None else Position(mark.line, mark.column)


def _describe_context(error: Exception) -> str:
    if not isinstance(error, MarkedYAMLError) or not error.context or error.context_mark is None:
        return ""
    return f" ({error.context} that begins at line {error.context_mark.line + 1})"


def _is_tab_at(position: YamlPosition, lines: list[str]) -> bool:
    if position.line >= len(lines):
        return False
    return lines[position.line][position.column : position.column + 1] == "\t"
