"""libyaml's complaints, in words that say what to do."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from yaml import MarkedYAMLError

_UNTERMINATED_QUOTE = "found unexpected end of stream"
_NEEDS_QUOTES = "a text that starts like this must be quoted"
_ADVICE = {
    "mapping values are not allowed": "quote a text that contains `: `, and align the keys of a "
    "mapping",
    "could not find expected ':'": "end a key with `:`, and indent the next lines of a long text",
    "did not find expected key": "is this line indented like its neighbours? does a quote end too "
    "early? (inside '...', a ' is written twice)",
    "did not find expected '-' indicator": "is this line indented like its neighbours?",
    "did not find expected ',' or": "a list ends with `]`, a mapping in braces with `}`",
    _UNTERMINATED_QUOTE: "the quote that opens here is never closed",
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
    """Where a syntax error stands, its code, and a message with advice."""
    problem = str(getattr(error, "problem", None) or error)
    positions = (getattr(error, "problem_mark", None), getattr(error, "context_mark", None))
    if (
        _UNTERMINATED_QUOTE in problem
    ):  # the end of the file is not where to correct it: the start of the quote is
        positions = positions[::-1]
    position = positions[0] or positions[1] or Position(0, 0)
    if _is_tab_at(position, data):
        return position, "tab", "there is a tab here; indent YAML with spaces only"
    advice = next((words for part, words in _ADVICE.items() if part in problem), "")
    message = (
        f"not valid YAML: {problem}" + _describe_context(error) + (f"; {advice}" if advice else "")
    )
    return position, "syntax", message


def _describe_context(error: Exception) -> str:
    if not isinstance(error, MarkedYAMLError) or not error.context or error.context_mark is None:
        return ""
    return f" ({error.context} that begins at line {error.context_mark.line + 1})"


def _is_tab_at(position: YamlPosition, data: bytes) -> bool:
    lines = data.splitlines()
    if position.line >= len(lines):
        return False
    line = lines[position.line].decode("utf-8", "replace")
    return line[position.column : position.column + 1] == "\t"
