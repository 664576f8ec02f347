"""`calendar`: a year as a heat map."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.service.clock import SUPPORTED_YEARS
from perihelion.service.console import format_counted, print_json, print_line
from perihelion.service.heat_map import view_year
from perihelion.service.heat_map_text import ASCII, UNICODE, draw_heat_map, summarize_year
from perihelion.service.options import environment_options, json_option
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from perihelion.service.heat_map import YearDay
    from perihelion.service.heat_map_text import Symbols


@click.command("calendar")
@click.argument(
    "year", required=False, type=click.IntRange(SUPPORTED_YEARS.start, SUPPORTED_YEARS.stop - 1)
)
@click.option(
    "--account", metavar="NAME", help="As this account observes it; by default the first."
)
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page that shows the year, and each day's posts.",
)
@json_option
@environment_options
def command(
    *,
    year: int | None,
    account: str | None,
    html: Path | None,
    as_json: bool,
    environ: dict[str, str],
) -> None:
    """Show a year as a heat map.

    It shows how many events each day has, memorials, great anniversaries, and days that hold more
    than is posted. By default it is next year.
    """
    app = open_app(environ)
    known = {one.name: one for one in (*app.accounts, *app.schedule.accounts)}
    if account is not None and account not in known:
        raise UsageError(f"there is no account {account!r}; use one of {', '.join(known)}")
    chosen = known[account] if account else app.accounts[0]
    days = view_year(app.calendar, chosen, year or app.clock.now().year + 1)
    if html is not None:
        _write_page(html, days, chosen.name)
    elif as_json:
        print_json([_day_to_json(one) for one in days])
    else:
        for line in (*draw_heat_map(days, _choose_symbols()), "", *summarize_year(days)):
            print_line(line)


def _choose_symbols() -> Symbols:
    try:
        "".join(UNICODE).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return ASCII
    return UNICODE


def _write_page(file: Path, days: list[YearDay], account: str) -> None:
    from perihelion.service.heat_map_page import render_year_page

    try:
        file.write_text(render_year_page(days, account), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    print_line(f"{file} shows {days[0].day.year} as {account} observes it.")


def _day_to_json(one: YearDay) -> dict[str, object]:
    return {
        "day": one.day,
        "events": len(one.dues),
        "posts": one.posts,
        "memorial": one.has_memorial,
        "great": [f"{due.anniversary.event.full_id}" for due in one.great],
        "anniversaries": [
            {
                "event": due.anniversary.event.full_id,
                "rank": due.rank,
                "importance": due.anniversary.event.importance,
                "count": format_counted(due.anniversary),
                "chosen": due.is_chosen,
            }
            for due in one.dues
        ],
    }
