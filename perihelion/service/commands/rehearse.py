"""`rehearse`: years ahead, planned and worded without posting anything."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from perihelion.networks import loader
from perihelion.service.console import format_count, print_line, show_table
from perihelion.service.options import environment_options
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.service.rehearsed_posts import Findings
    from perihelion.service.rehearsed_years import Plan
    from perihelion.service.wiring import App

_DAYS_OF_YEAR = 365.25
_SHOWN = 10


@click.command("rehearse")
@click.option("--years", type=click.IntRange(1, 40), default=4, show_default=True)
@click.option("--days", type=click.IntRange(1, 15_000), help="So many days instead of years.")
@environment_options
def command(*, years: int, days: int | None, environ: dict[str, str]) -> int:
    """Plan and word the coming years, without posting anything.

    Shows collisions, what the daily cap leaves out, the templates that are used on each network,
    leap days, days on which clocks change, and what it costs. Networks that are off word each
    event once. Exits with 1 for what would not be posted as it should.
    """
    from perihelion.service.rehearsed_posts import word_posts
    from perihelion.service.rehearsed_years import (
        list_rehearsed_accounts,
        list_to_word,
        plan_years,
    )

    app = open_app(environ)
    first = app.clock.now().date() + timedelta(days=1)
    span = days or int(years * _DAYS_OF_YEAR)
    accounts = list_rehearsed_accounts(app)
    plans = plan_years(app, accounts, first, span)
    paid = [one.name for one in accounts if loader.load_spec(one.network).is_paid]
    dues = list_to_word(plans, [*paid, *(one.name for one in app.accounts)])
    with click.progressbar(
        dues, label="Wording posts", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as shown:
        found = word_posts(app, shown)
    last = first + timedelta(days=span - 1)
    print_line(f"{first} to {last}: {format_count(found.posts, 'posts')} were worded.")
    for plan in plans:
        _print_plan(app, plan, first, span)
    _print_wording(app, found)
    return 1 if found.problems or found.repeats or any(p.repeated for p in plans) else 0


def _print_plan(app: App, plan: Plan, first: date, days: int) -> None:
    from perihelion.service.rehearsed_years import (
        count_left_out,
        find_too_close,
        list_clock_changes,
        list_leap_days,
        list_never_posted,
    )

    print_line()
    print_line(click.style(", ".join(one.name for one in plan.accounts), bold=True))
    print_line(f"  {format_count(len(plan.chosen), 'posts')} on each")
    for reason, number in count_left_out(plan).items():
        print_line(f"  left out: {number} ({reason})")
    _print_some("never posted", list_never_posted(plan))
    _print_some("promised twice under one key", map(_name_due, plan.repeated))
    pairs = (f"{_name_due(a)} and {_name_due(b)}" for a, b in find_too_close(plan))
    _print_some("nearer to each other than the spacing", pairs)
    leap_days = list_leap_days(app.schedule.events, first, days)
    _print_some(
        "29 February", (f"{name}: {', '.join(map(str, on))}" for name, on in leap_days.items())
    )
    changes = list_clock_changes(plan, first, days)
    _print_some(
        f"days on which the clocks of {plan.accounts[0].timezone} change",
        (f"{day}: {_list_times(plan, dues)}" for day, dues in changes.items()),
    )


def _list_times(plan: Plan, dues: Iterable[DueAnniversary]) -> str:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(plan.accounts[0].timezone)
    times = [due.at.astimezone(zone).strftime("%H:%M%z") for due in dues]
    return ", ".join(times) or "nothing is posted"


def _name_due(due: DueAnniversary) -> str:
    return f"{due.anniversary.event.full_id} on {due.day}"


def _print_wording(app: App, found: Findings) -> None:
    print_line()
    networks = sorted({network for _name, network in found.templates})
    names = sorted({name for name, _network in found.templates})
    rows = [(name, *(found.templates[name, one] for one in networks)) for name in names]
    show_table(("template", *networks), rows)
    print_line()
    _print_some("templates that no post needs", found.list_unused_templates(app))
    _print_some("cannot be worded", (f"{k}: {v}" for k, v in found.problems.items()))
    _print_some("held as a repeat", found.repeats)
    for (account, year), cost in found.sum_costs().items():
        print_line(f"  {account} costs {cost} USD in {year}")


def _print_some(heading: str, lines: Iterable[str]) -> None:
    found = list(lines)
    if not found:
        return
    print_line(f"  {heading}: {len(found)}")
    for line in found[:_SHOWN]:
        print_line(f"    {line}")
    if len(found) > _SHOWN:
        print_line(f"    and {len(found) - _SHOWN} more")
