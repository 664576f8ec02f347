"""How the command line writes lines, tables, JSON, instants, days and counts."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import click

from perihelion.model.deliveries import State
from perihelion.service.program import find_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from perihelion.model.anniversaries import Anniversary

STATE_COLOURS = {
    State.DUE: "cyan",
    State.SENDING: "blue",
    State.SENT: "green",
    State.REJECTED: "bright_red",
    State.UNKNOWN: "magenta",
    State.MISSED: "yellow",
    State.SKIPPED: "bright_black",
    State.WAITING: "cyan",
    State.HELD: "bright_yellow",
}
"""The colour of each state on a terminal."""

_INDENT = "    "
_MAYBE_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONTROLS = re.compile(r"(?!\x1b\[[0-9;]*m)[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def uses_colours(stream: TextIO) -> bool:
    """Whether `stream` is a terminal with colours; `NO_COLOR` in the environment forbids them."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()


def encodes_unicode(stream: TextIO) -> bool:
    """Whether `stream` can take every character; if not, JSON must escape them."""
    return (stream.encoding or "utf-8").lower().startswith("utf")


def print_line(text: str = "", stream: TextIO | None = None) -> None:
    """Write `text` and a line break to `stream` (by default stdout), in colour if it takes any.

    Commands in it are named as the user called the program.
    """
    stream = stream or sys.stdout
    text = remove_controls(find_program().name_commands(text))
    # Left to choose the stream itself, click would write UTF-8 where ASCII was asked for.
    click.echo(text, file=stream, color=uses_colours(stream))


def print_json(value: object) -> None:
    """Print `value` as JSON, indented for people."""
    escape = not encodes_unicode(sys.stdout)
    print_line(json.dumps(value, ensure_ascii=escape, indent=2, default=format_iso))


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO | None = None
) -> None:
    """Write a table to `stream` (by default stdout). A cell that is a State gets its colour.

    Nothing is ever cut, so that every key and command can be copied: on a terminal too narrow for
    the table, the last column moves to a line of its own.
    """
    stream = stream or sys.stdout
    table = [columns, *rows]
    cells = [[clean_line(cell) for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    needed = sum(widths) + 2 * (len(widths) - 1)
    narrow = stream.isatty() and needed > shutil.get_terminal_size().columns
    for number, row in enumerate(table):
        texts = [
            _style_cell(cell, text, head=number == 0) + " " * (width - len(text))
            for cell, text, width in zip(row, cells[number], widths, strict=True)
        ]
        lines = ["  ".join(texts[:-1]), _INDENT + texts[-1]] if narrow else ["  ".join(texts)]
        for line in filter(None, map(str.rstrip, lines)):
            print_line(line, stream)


def _style_cell(cell: object, text: str, *, head: bool) -> str:
    if head:
        return click.style(text, bold=True)
    return click.style(text, STATE_COLOURS[cell]) if isinstance(cell, State) else text


def remove_controls(text: str) -> str:
    """`text` without control characters, except for line breaks, tabs and colours.

    No server may drive a terminal: clear it, move on it, or name its window.
    """
    if text.isascii() and not _MAYBE_CONTROL.search(text):  # nearly always, and soon seen
        return text
    return _CONTROLS.sub("", text)


def clean_line(value: object) -> str:
    """A value as text on one line, without any control characters; empty for None."""
    text = "" if value is None else str(value).replace("\n", " ")
    return "".join(char for char in text if not (char < " " or "\x7f" <= char <= "\x9f"))


def select_fields(value: object, *names: str) -> dict[str, object]:
    """The attributes `names` of `value`, for JSON."""
    return {name: getattr(value, name) for name in names}


def format_iso(value: object) -> str:
    """ISO 8601: an instant in UTC with a Z and no needless zeros, a day as YYYY-MM-DD.

    Raises TypeError for anything else, as `json.dumps` expects of its `default`.
    """
    if isinstance(value, datetime):
        return _format_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


@lru_cache(256)  # the deliveries of a day share most of theirs
def _format_instant(value: datetime) -> str:
    utc = value.astimezone(UTC)
    precision = "auto" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=precision).replace("+00:00", "Z")


def format_days(first: date, days: int) -> str:
    """`2027-03-02`, or `2027-03-02 to 2027-03-04` if there are several days."""
    return f"{first} to {first + timedelta(days=days - 1)}" if days > 1 else f"{first}"


def format_count(count: int, unit: str) -> str:
    """`11 years`, or `1 year`."""
    return f"{count} {unit if count != 1 else unit.removesuffix('s')}"


def format_counted(seen: Anniversary) -> str:
    """What an anniversary counts: `11 years`, `10000 days`; `observed` if it counts nothing."""
    return format_count(seen.count, seen.spoken_unit) if seen.is_counted else "observed"


def format_age(age: timedelta) -> str:
    """`3 days`, `12 minutes`, `45 seconds`: the age in its largest whole unit, never below 0."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            return format_count(seconds // size, unit)
    return format_count(seconds, "seconds")


def format_minute(instant: datetime | None) -> str:
    """`2027-03-02 15:00` in UTC; empty for None."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if instant else ""
