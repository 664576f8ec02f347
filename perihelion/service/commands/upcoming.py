"""`upcoming`: the next anniversaries."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.model.errors import UsageError
from perihelion.model.units import Unit
from perihelion.service.console import (
    format_counted,
    format_minute,
    print_json,
    print_line,
    select_fields,
    show_table,
)
from perihelion.service.options import environment_options, json_option
from perihelion.service.sign_off import describe_approvals
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from datetime import date

    from perihelion.model.anniversaries import Anniversary, DueAnniversary
    from perihelion.service.wiring import App

_DAYS, _DAYS_OF_ROUND = 30, 366
_ROUND_STEPS = (10, 25)


@click.command("upcoming")
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    help="How many days to cover: by default 30, with --round 366.",
)
@click.option("--round", "only_round", is_flag=True, help="Only the 10s, 25s, 50s and 100s.")
@click.option("--cost", is_flag=True, help="What the coming year costs on X, month by month.")
@json_option
@environment_options
def command(
    *, days: int | None, only_round: bool, cost: bool, as_json: bool, environ: dict[str, str]
) -> None:
    """List the next anniversaries.

    The times are those of the first account that is on; rank 1 is a day's most important one.
    """
    if cost and only_round:
        raise UsageError("--cost is about all posts: use it without --round")
    days = days or (_DAYS_OF_ROUND if only_round else _DAYS)
    app = open_app(environ)
    now = app.clock.now()
    if cost:
        _print_costs(app, now.date(), as_json=as_json)
        return
    first = now.date() - timedelta(days=1)
    dues = list_due_in_span(app.calendar, app.accounts[:1], first, days + 2)
    coming = [due for due in dues if now <= due.at < now + timedelta(days=days)]
    if only_round:
        coming = [due for due in coming if _is_round(due.anniversary)]
    approvals = describe_approvals(app, coming)
    if as_json:
        found = zip(coming, approvals, strict=True)
        print_json([{**_due_to_json(due), "approval": said or None} for due, said in found])
    elif coming:
        columns = ("day", "at (UTC)", "rank", "count", "event", "title")
        show_table(columns, map(_due_row, coming, approvals))
    else:
        kind = "round anniversary" if only_round else "anniversary"
        print_line(f"No {kind} in the next {days} days; try more --days.")


def _is_round(seen: Anniversary) -> bool:
    """Whether its number of years is one of the 10s or 25s; the 50s and 100s are among these."""
    counts_years = seen.is_counted and seen.unit is Unit.YEARS
    return counts_years and any(seen.count % step == 0 for step in _ROUND_STEPS)


def _due_row(due: DueAnniversary, approval: str) -> tuple[object, ...]:
    seen = due.anniversary
    count = format_counted(seen)
    title = seen.event.title if due.is_chosen else f"{seen.event.title} (left out: {due.left_out})"
    said = f"{title} ({approval})" if approval else title
    return seen.day, format_minute(due.at), due.rank, count, seen.event.full_id, said


def _due_to_json(due: DueAnniversary) -> dict[str, object]:
    seen = due.anniversary
    return {
        "event": seen.event.full_id,
        **select_fields(seen, "count", "unit", "day"),
        "at": due.at,
        "rank": due.rank,
        "chosen": due.is_chosen,
        "left_out": due.left_out,
        "title": seen.event.title,
    }


def _print_costs(app: App, first: date, *, as_json: bool) -> None:
    from perihelion.service.cost_forecast import forecast_costs, format_prices  # only for X

    months = forecast_costs(app, first)
    if as_json:
        print_json([{**asdict(month), "cost": str(month.cost)} for month in months])
        return
    columns = ("account", "month", "posts", "with links", "USD", "kept back")
    rows = [(m.account, m.month, m.posts, m.with_links, m.cost, m.waiting) for m in months]
    show_table(columns, rows)
    print_line(f"whole year: {sum(m.cost for m in months)} USD ({format_prices()})")
