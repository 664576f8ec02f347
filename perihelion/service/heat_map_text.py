"""A year as a heat map on a terminal: a row for each month, two columns for each day."""

from __future__ import annotations

from calendar import month_abbr
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import click

from perihelion.service.console import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perihelion.service.heat_map import YearDay


class Symbols(NamedTuple):
    """One character for each shade, and for each mark beside it."""

    shades: str
    memorial: str
    great: str
    full: str


UNICODE = Symbols("·░▒▓█", "†", "○", "+")
ASCII = Symbols(".:-=#", "m", "o", "+")

_COLOURS = (None, 58, 100, 142, 184)
"""Of the terminal's 256, by shade: from a dark to a light yellow."""
_LABELLED_DAYS = (1, 5, 10, 15, 20, 25, 30)


def draw_heat_map(days: Sequence[YearDay], symbols: Symbols) -> Iterator[str]:
    """The lines of the map, at most 66 columns wide, with its legend. Colours may be removed."""
    yield (
        "    "
        + "".join(f"{day:<2}" if day in _LABELLED_DAYS else "  " for day in range(1, 32)).rstrip()
    )
    for month, group in groupby(days, key=lambda one: one.day.month):
        yield f"{month_abbr[month]} " + "".join(_draw_day(one, symbols) for one in group)
    yield ""
    shades = "  ".join(
        f"{_paint(symbols.shades[level], level)} {name}"
        for level, name in enumerate(("none", "1", "2", "3", "4 or more events"))
    )
    yield shades
    yield (
        f"{symbols.memorial} memorial  {symbols.great} 25th, 50th, 100th or the like  "
        f"{symbols.full} more than is posted"
    )


def _draw_day(one: YearDay, symbols: Symbols) -> str:
    mark = " "
    if one.has_memorial:
        mark = symbols.memorial
    elif one.great:
        mark = symbols.great
    elif one.is_full:
        mark = symbols.full
    return _paint(symbols.shades[one.level], one.level) + mark


def _paint(text: str, level: int) -> str:
    colour = _COLOURS[level]
    return text if colour is None else click.style(text, fg=colour)


def summarize_year(days: Sequence[YearDay]) -> Iterator[str]:
    """How many days are empty, full or special, and the longest empty span."""
    year = days[0].day.year
    events, posts = sum(len(one.dues) for one in days), sum(one.posts for one in days)
    yield f"{year}: {format_count(events, 'events')}, {format_count(posts, 'posts')}"
    for name, chosen in (
        ("empty", [one for one in days if not one.dues]),
        ("full, so that something is left out", [one for one in days if one.is_full]),
        ("with a memorial", [one for one in days if one.has_memorial]),
        ("with a great anniversary", [one for one in days if one.great]),
    ):
        yield f"  {format_count(len(chosen), 'days')} {name}"
    gap = _find_longest_gap(days)
    if gap:
        span = f"{gap[0].day} to {gap[-1].day}"
        yield f"  the longest empty span is {format_count(len(gap), 'days')}: {span}"


def _find_longest_gap(days: Sequence[YearDay]) -> list[YearDay]:
    gaps = [list(group) for empty, group in groupby(days, lambda one: not one.dues) if empty]
    return max(gaps, key=len, default=[])
