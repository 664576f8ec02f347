"""Where a new event stands in its file, and the file with it: everything else stays as it was."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError
from perihelion.service.drafts.draft_file import MISSIONS_KEY, render_drafts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from perihelion.model.missions import Event
    from perihelion.service.drafts.draft import Draft


@dataclass(frozen=True, slots=True)
class Insertion:
    """A file `before`, and the whole `text` with `block` in it, which begins on `line` (from 1)."""

    before: str
    text: str
    block: str
    line: int


def render_event(draft: Draft) -> str:
    """The event alone, as an item of a list that is not indented."""
    _, _, events = render_drafts([draft], MISSIONS_KEY).partition("\n    events:\n")
    lines = dedent(events).splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))


def insert_event(text: str, block: str, mission: Sequence[Event], day: date) -> Insertion:
    """`text`, the file of these events of one `mission`, with another event's `block` in it.

    It comes after the last one that is not later than `day`, else before the first. Raises
    UsageError if the file writes the events in one line, where nobody could put it without
    touching others.
    """
    lines = text.splitlines(keepends=True)
    places = [_find_item(lines, event) for event in mission]
    earlier = [at for at, event in zip(places, mission, strict=True) if event.moment.day <= day]
    column = len(lines[places[0]]) - len(lines[places[0]].lstrip())
    row = _find_end(lines, earlier[-1]) if earlier else _find_comments(lines, places[0])
    gap = any(_is_blank(lines[one - 1]) for one in places[1:])
    own = indent(block, " " * column)
    around = ("\n" + own if earlier else own + "\n") if gap else own
    if row and not lines[row - 1].endswith("\n"):
        lines[row - 1] += "\n"
    if "\r\n" in text:
        around = around.replace("\n", "\r\n")
    after = "".join([*lines[:row], around, *lines[row:]])
    return Insertion(text, after, around, row + 1 + bool(gap and earlier))


def _find_item(lines: Sequence[str], event: Event) -> int:
    """The line, from 0, on which the item of a list begins that is this event."""
    assert event.location is not None  # noqa: S101 - every event of a file has one
    row, column = event.location.line - 1, event.location.column - 1
    if lines[row][:column].strip() == "-":
        return row
    raise UsageError(
        f"{event.location}: the events of {event.mission.id} do not begin with `- ` on lines of "
        "their own, so that nothing can be put between them; write one below the other"
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
