"""Where a new event or mission goes in its file, and the file with it; no other line changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import yaml

from perihelion.model.errors import UsageError
from perihelion.model.source_location import SourceLocation
from perihelion.service.drafts.draft_file import MISSIONS_KEY, render_drafts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perihelion.model.missions import Event
    from perihelion.service.drafts.draft import Draft

_NO_MISSIONS = re.compile(
    r"^missions:(?P<nothing> *(?:\[ *\])? *(?P<comment>#[^\r\n]*)?)(?=\r?$)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Insertion:
    """A file `before`, and the whole `text` with `block` in it, which begins on `line` (from 1)."""

    before: str
    text: str
    block: str
    line: int
    instead: str = ""
    """What stood in the place of `block`: the sign for a list without missions."""


def render_event(draft: Draft) -> str:
    """The event alone, as an item of a list that is not indented."""
    _, _, events = render_drafts([draft], MISSIONS_KEY).partition("\n    events:\n")
    lines = dedent(events).splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))


def render_mission(draft: Draft) -> str:
    """The event's mission with it alone, as an item of a list that is not indented."""
    head, _, _ = render_drafts([draft], MISSIONS_KEY).partition("\n    events:\n")
    head = dedent(head.removeprefix(f"{MISSIONS_KEY}:\n"))
    return f"{head}\n  events:\n{indent(render_event(draft), '    ')}"


def insert_event(text: str, block: str, mission: Sequence[Event], day: date) -> Insertion:
    """`text`, the file of these events of one `mission`, with another event's `block` in it.

    It comes after the last one that is not later than `day`, else before the first. Raises
    UsageError if the file writes the events in one line, where nobody could put it without
    touching others.
    """
    lines = text.splitlines(keepends=True)
    what = f"the events of {mission[0].mission.id}"
    days = {_find_item(lines, event.location, what): event.moment.day for event in mission}
    gap = any(_is_blank(lines[row - 1]) for row in list(days)[1:])
    return _insert_item(text, block, days, day, gap=gap)


def insert_mission(
    text: str, block: str, first_days: Mapping[str, date], day: date, file: str
) -> Insertion:
    """`text`, which is `file`, with another mission's `block` in it, whose first day is `day`.

    Its place among the missions, whose first days are given by id, is found as `insert_event`
    does; a blank line sets it apart. Raises UsageError as that does.
    """
    lines = text.splitlines(keepends=True)
    days = {
        _find_item(lines, location, "the missions"): first_days.get(mission, date.max)
        for mission, location in _list_missions(text, file)
    }
    return _insert_item(text, block, days, day, gap=True) if days else _insert_first(text, block)


def _list_missions(text: str, file: str) -> Iterator[tuple[str, SourceLocation]]:
    """The missions' ids, and where they begin."""
    root = yaml.compose(text, yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader)
    assert root is not None  # noqa: S101 - the schedule was read, and no file was empty
    missions = next(value for key, value in root.value if key.value == MISSIONS_KEY)
    for one in missions.value:
        mission = next(value.value for key, value in one.value if key.value == "id")
        yield mission, SourceLocation(file, one.start_mark.line + 1, one.start_mark.column + 1)


def _insert_first(text: str, block: str) -> Insertion:
    """The `block` in a list that has been empty, instead of its `[]`."""
    match = _NO_MISSIONS.search(text)
    if match is None:
        raise UsageError("write `missions: []` on a line of its own, without anything before it")
    comment = f"  {match['comment']}" if match["comment"] else ""
    own = f"{comment}\n{indent(block, '  ').rstrip()}"
    own = _keep_line_breaks(own, text)
    start, end = match.span("nothing")
    line = text.count("\n", 0, start) + 2
    return Insertion(text, text[:start] + own + text[end:], own, line, match["nothing"])


def _insert_item(
    text: str, block: str, days: Mapping[int, date], day: date, *, gap: bool
) -> Insertion:
    """The `block` among the items of a list, whose `days` are given by their lines, from 0."""
    lines = text.splitlines(keepends=True)
    first, *_ = days
    earlier = [row for row, one in days.items() if one <= day]
    column = len(lines[first]) - len(lines[first].lstrip())
    row = _find_end(lines, earlier[-1]) if earlier else _find_comments(lines, first)
    own = indent(block, " " * column)
    around = ("\n" + own if earlier else own + "\n") if gap else own
    if row and not lines[row - 1].endswith("\n"):
        around = f"\n{around[:-1]}"
    around = _keep_line_breaks(around, text)
    after = "".join([*lines[:row], around, *lines[row:]])
    return Insertion(text, after, around, row + 1 + bool(gap and earlier))


def _keep_line_breaks(block: str, text: str) -> str:
    return block.replace("\n", "\r\n") if "\r\n" in text else block


def _find_item(lines: Sequence[str], location: SourceLocation | None, what: str) -> int:
    """The line, from 0, on which the item of a list begins whose mapping stands there."""
    assert location is not None  # noqa: S101 - every event of a file has one
    row, column = location.line - 1, location.column - 1
    if lines[row][:column].strip() == "-":
        return row
    raise UsageError(
        f"{location}: {what} do not begin with `- ` on lines of their own, so that nothing can be "
        "put between them; write one below the other"
    )


def _find_end(lines: Sequence[str], start: int) -> int:
    """The line after the item of a list that begins on line `start`."""
    column = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    for row in range(start + 1, len(lines)):
        line = lines[row]
        if _is_blank(line):
            continue
        if len(line) - len(line.lstrip()) <= column:
            break
        end = row + 1
    return end


def _find_comments(lines: Sequence[str], row: int) -> int:
    """The first of the lines of comment that stand directly above this one."""
    while row and lines[row - 1].lstrip().startswith("#"):
        row -= 1
    return row


def _is_blank(line: str) -> bool:
    return not line.strip()
