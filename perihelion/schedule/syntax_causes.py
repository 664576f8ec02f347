"""What people do that makes a file no YAML, found in the lines around libyaml's complaint. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from perihelion.schedule.guesses import CURLY_QUOTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Complaint(NamedTuple):
    """What libyaml found and where, and where the part begins that it was reading.

    Lines and columns count from 0.
    """

    problem: str
    line: int
    column: int
    begun_line: int
    begun_column: int


class Cause(NamedTuple):
    """Where to correct the file, and how; line and column count from 0."""

    line: int
    column: int
    code: str
    message: str


_MERGE_MARKER = re.compile(r"(?:<{7}|\|{7}|={7}|>{7})(?:\s|$)")
_NO_SPACE_AFTER_DASH = re.compile(r"\s*-(?=[\w\"'{\[])")
_NO_SPACE_AFTER_COLON = re.compile(r"\s*(?:- )?(?P<key>\w+):(?=\S)")
_EQUALS_SIGN = re.compile(r"\s*(?:- )?(?P<key>\w+) ?= ?")
_WIDE_COLON = re.compile(r"\s*(?:- )?(?P<key>\w+)\N{FULLWIDTH COLON}")
_FIRST_COLON = re.compile(r"\s*(?:- )?[\w-]+(?=:)")
_COMMENT_IN_LIST = re.compile(r"[\[{](?P<before>[^\]}\"'#]*?)(?<=[\[{\s])(?P<comment>#\S)")
_CURLY_QUOTE = re.compile(f"[{CURLY_QUOTES}]")
_NEAR_LINES = 3
"""How far above libyaml's complaint a list may have been opened that a comment leaves open."""
_STRAIGHT = 'the quotes “ and ” are letters to YAML; type straight ones (")'


def find_cause(complaint: Complaint, lines: Sequence[str]) -> Cause | None:
    """The probable cause of the complaint about `lines`, if they show it."""
    return next(_find_causes(complaint, [*lines, ""]), None)


def _find_causes(found: Complaint, lines: Sequence[str]) -> Iterator[Cause]:
    yield from _find_merge_marker(found, lines)
    line = lines[min(found.line, len(lines) - 1)]
    problem = found.problem
    if "end of stream" in problem:
        yield _explain_open_quote(found, lines)
    if "',' or" in problem or "expected node content" in problem:
        yield from _find_comment_in_list(found, lines)
    if "',' or" in problem:
        yield _explain_open_bracket(found, lines)
    elif "could not find expected ':'" in problem:
        yield _explain_missing_colon(found, lines)
    elif "mapping values are not allowed" in problem:
        yield _explain_colon(found, line)
    elif "expected '-' indicator" in problem:
        yield _explain_missing_dash(found, line)
    elif "did not find expected key" in problem:
        yield _explain_unexpected(found, line)


def _find_merge_marker(found: Complaint, lines: Sequence[str]) -> Iterator[Cause]:
    for number, line in enumerate(lines[: found.line + 1]):
        if _MERGE_MARKER.match(line):
            message = (
                f"`{line[:7]}` is what a merge in Git has left; keep what is right of the two "
                "versions, and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`"
            )
            yield Cause(number, 0, "merge-marker", message)


def _explain_open_quote(found: Complaint, lines: Sequence[str]) -> Cause:
    opening = lines[found.begun_line][found.begun_column :]
    message = "the quote that opens here is never closed"
    if _CURLY_QUOTE.search(opening):
        message += f"; {_STRAIGHT}"
    else:
        message += f"; write {opening[:1]} at the end of the text"
    return Cause(found.begun_line, found.begun_column, "syntax", message)


def _find_comment_in_list(found: Complaint, lines: Sequence[str]) -> Iterator[Cause]:
    for number in range(found.line, max(found.line - _NEAR_LINES, -1), -1):
        match = _COMMENT_IN_LIST.search(lines[number])
        if match:
            message = (
                "` #` begins a comment, so the list is never closed; leave the # out, or quote the "
                "text"
            )
            yield Cause(number, match.start("comment"), "syntax", message)


def _explain_open_bracket(found: Complaint, lines: Sequence[str]) -> Cause:
    end = "]" if "']'" in found.problem else "}"
    if found.begun_line < found.line:
        message = f"what opens here is never closed; write `{end}` at its end"
        return Cause(found.begun_line, found.begun_column, "syntax", message)
    at = lines[found.line][found.column : found.column + 1]
    message = (
        f"`{at}` stands where a comma or `{end}` is expected; write the comma, or quote the text"
    )
    return Cause(found.line, found.column, "syntax", message)


def _explain_missing_colon(found: Complaint, lines: Sequence[str]) -> Cause:
    """A line without a key, which libyaml notices only at the next one."""
    line = lines[found.begun_line]
    if match := _NO_SPACE_AFTER_COLON.match(line):
        message, column = f"write a space after `{match['key']}:`", match.end()
    elif match := _EQUALS_SIGN.match(line):
        message, column = f"a key ends with a colon; write `{match['key']}: `", match.end("key")
    elif match := _WIDE_COLON.match(line):
        message = f"this is not the colon of YAML; write `{match['key']}: `"
        column = match.end("key")
    else:
        column = found.begun_column
        message = (
            "this line has no key; write `key: value`, or, if it belongs to the text above, "
            "indent it like that text"
        )
    return Cause(found.begun_line, column, "syntax", message)


def _explain_colon(found: Complaint, line: str) -> Cause:
    first = _FIRST_COLON.match(line)
    if first and first.end() == found.column:
        message = "the line above has a value already; indent this line like its neighbours"
        return Cause(found.line, _measure_indentation(line), "syntax", message)
    message = "a text that contains `: ` must be quoted"
    if _CURLY_QUOTE.search(line):
        message += f"; {_STRAIGHT}"
    return Cause(found.line, found.column, "syntax", message)


def _explain_missing_dash(found: Complaint, line: str) -> Cause:
    if match := _NO_SPACE_AFTER_DASH.match(line):
        return Cause(found.line, match.end() - 1, "syntax", "write a space after the dash")
    message = "indent this line like its neighbours, or begin it with `- ` if it is a new item"
    return Cause(found.line, _measure_indentation(line), "syntax", message)


def _measure_indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _explain_unexpected(found: Complaint, line: str) -> Cause:
    before = line[: found.column].rstrip()
    last = before[-1:]
    if line[found.column : found.column + 1] in {"]", "}"}:
        message = "this bracket was never opened; remove it"
    elif last and last in "'\"":
        other = "'" if last == '"' else '"'
        message = (
            f"the {last} before this place ends the text; quote the whole text with {other}, or, "
            + ("inside '...', a ' is written twice" if last == "'" else 'inside "...", write \\"')
        )
    elif last and last in "]}":
        message = f"the `{last}` before this place ends the value; quote a text that goes on"
    else:
        message = "indent this line like its neighbours; if it belongs to a text, quote the text"
    return Cause(found.line, found.column, "syntax", message)
