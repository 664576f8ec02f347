"""libyaml's complaints, in words that say what to do."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from yaml import MarkedYAMLError

_ADVICE = {
    "mapping values are not allowed": "a text with `: ` in it must stand in quotes",
    "could not find expected ':'": "a key ends with `:`, and a long text goes on further right",
    "did not find expected key": "is this line indented like its neighbours?",
    "did not find expected '-' indicator": "is this line indented like its neighbours?",
    "did not find expected ',' or": "a list ends with `]`, a mapping in braces with `}`",
    "unexpected end of stream": "a quote, `[` or `{` is still open",
    "cannot start any token": "a text that starts with this character must stand in quotes",
    "did not find expected node content": "a value is missing here",
    "did not find expected alphabetic or numeric": "a text that starts so must stand in quotes",
    "unknown escape character": "inside double quotes a backslash is written twice",
}


class Place(Protocol):
    """A place as libyaml counts: both from 0."""

    @property
    def line(self) -> int:
        """The line, from 0."""

    @property
    def column(self) -> int:
        """The character in it, from 0."""


class Spot(NamedTuple):
    """A place of our own making."""

    line: int
    column: int


def explain(error: Exception, data: bytes) -> tuple[Place, str, str]:
    """Where a syntax error stands, its code, and a message with advice."""
    problem = str(getattr(error, "problem", None) or error)
    place = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = place or Spot(0, 0)
    if _tab_at(place, data):
        return place, "tab", "a tab stands here; YAML is indented with spaces only"
    advice = next((words for part, words in _ADVICE.items() if part in problem), "")
    message = f"not valid YAML: {problem}" + _context(error) + (f"; {advice}" if advice else "")
    return place, "syntax", message


def _context(error: Exception) -> str:
    if not isinstance(error, MarkedYAMLError) or not error.context or error.context_mark is None:
        return ""
    return f" ({error.context} that begins at line {error.context_mark.line + 1})"


def _tab_at(place: Place, data: bytes) -> bool:
    lines = data.splitlines()
    if place.line >= len(lines):
        return False
    line = lines[place.line].decode("utf-8", "replace")
    return line[place.column : place.column + 1] == "\t"
