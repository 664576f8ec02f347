"""`upcoming`: the next anniversaries."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from perihelion.service.formatting import format_count, format_minute
from perihelion.service.options import days_option, json_option, path_options, print_json

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.service.wiring import App

DEFAULT_DAYS = 30


@click.command("upcoming")
@days_option
@click.option("--cost", is_flag=True, help="What the coming year costs on X, month by month.")
@json_option
@path_options
def command(
    *, days: int | None, cost: bool, as_json: bool, state: Path | None, schedule: Path | None
) -> None:
    """List the next anniversaries.

    The times are those of the first account that is on; rank 1 is a day's best.
    """
    from datetime import timedelta

    from perihelion.almanac.due_anniversaries import list_due_in_span
    from perihelion.service.console import show_table
    from perihelion.service.wiring import open_app

    app = open_app(state=state, schedule=schedule)
    now = app.clock.now()
    if cost:
        _print_costs(app, now.date(), as_json=as_json)
        return
    span = days or DEFAULT_DAYS
    first = now.date() - timedelta(days=1)
    dues = list_due_in_span(app.calendar, app.accounts[:1], first, span + 2)
    coming = [due for due in dues if now <= due.at < now + timedelta(days=span)]
    if as_json:
        print_json([_due_to_json(due) for due in coming])
    elif coming:
        rows = [(d.anniversary.day, format_minute(d.at), d.rank, *_format_event(d)) for d in coming]
        show_table(("day", "at (UTC)", "rank", "count", "event", "title"), rows)
    else:
        click.echo(f"No anniversary in the next {span} days; try --days 366.")


def _format_event(due: DueAnniversary) -> tuple[str, str, str]:
    seen = due.anniversary
    return format_count(seen.count, seen.unit), seen.event.full_id, seen.event.title


def _due_to_json(due: DueAnniversary) -> dict[str, object]:
    seen = due.anniversary
    return {
        "event": seen.event.full_id,
        "count": seen.count,
        "unit": seen.unit,
        "day": seen.day,
        "at": due.at,
        "rank": due.rank,
        "chosen": due.within_daily_cap,
        "title": seen.event.title,
    }


def _print_costs(app: App, first: date, *, as_json: bool) -> None:
    from perihelion.service.console import show_table
    from perihelion.service.cost_forecast import forecast_costs, format_prices

    months = forecast_costs(app, first)
    if as_json:
        print_json([{**asdict(month), "cost": str(month.cost)} for month in months])
        return
    columns = ("account", "month", "posts", "with links", "USD", "kept back")
    rows = [(m.account, m.month, m.posts, m.with_links, m.cost, m.waiting) for m in months]
    show_table(columns, rows)
    click.echo(f"the year: {sum(m.cost for m in months)} USD ({format_prices()})")
