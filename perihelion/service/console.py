"""What people see: colours and frames on a terminal, plain columns anywhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

Item = TypeVar("Item")

STATE_COLOURS = {
    State.DUE: "cyan",
    State.SENDING: "blue",
    State.SENT: "green",
    State.REJECTED: "bold red",
    State.UNKNOWN: "magenta",
    State.MISSED: "yellow",
    State.SKIPPED: "dim",
    State.WAITING: "cyan",
    State.HELD: "bold yellow",
}
"""How each state looks on a terminal; `NO_COLOR` in the environment turns colours off."""


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO | None = None
) -> None:
    """Write a table to `stream` (by default stdout). A cell that is a State gets its colour."""
    stream = stream or sys.stdout
    if stream.isatty():
        _write_framed_table(columns, rows, stream)
    else:
        _write_plain_table(columns, rows, stream)


def track_progress(
    items: Sequence[Item], label: str, stream: TextIO | None = None
) -> Iterator[Item]:
    """Give out `items`, with a progress bar on `stream` (by default stderr) if it is a terminal."""
    stream = stream or sys.stderr
    if not stream.isatty():
        return iter(items)
    from rich.console import Console  # noqa: PLC0415 - costs time that only a terminal needs
    from rich.progress import track as rich_track  # noqa: PLC0415 - as above

    return iter(rich_track(items, label, console=Console(file=stream), transient=True))


def _write_framed_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO
) -> None:
    from rich import box  # noqa: PLC0415 - costs time that only a terminal needs
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(*columns, box=box.SIMPLE_HEAD, header_style="bold")
    for row in rows:
        table.add_row(
            *(Text(_strip_control_characters(cell), style=_state_colour(cell)) for cell in row)
        )
    Console(file=stream).print(table)


def _write_plain_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO
) -> None:
    cells = [
        list(columns),
        *([_strip_control_characters(cell).replace("\n", " ") for cell in row] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        stream.write("  ".join(padded).rstrip() + "\n")


def _state_colour(cell: object) -> str:
    return STATE_COLOURS[cell] if isinstance(cell, State) else ""


def _strip_control_characters(cell: object) -> str:
    """A cell's text without control characters: a network's answer must not drive a terminal."""
    text = "" if cell is None else str(cell)
    return "".join(c for c in text if c == "\n" or not (c < " " or "\x7f" <= c <= "\x9f"))
