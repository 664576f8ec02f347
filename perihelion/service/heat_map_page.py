"""A year as a page: the website's heat map, and below it what each day holds."""

from __future__ import annotations

from calendar import month_name
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from perihelion.service.console import format_count, format_counted
from perihelion.service.heat_map_text import summarize_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.service.heat_map import YearDay


def render_year_page(days: Sequence[YearDay], account: str) -> str:
    """The page as HTML, complete in itself, in the website's own style."""
    service = files("perihelion.service")
    source = service.joinpath("calendar.html.j2").read_text(encoding="utf-8")
    style = service.joinpath("web", "static", "site.css").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"counted": format_counted, "described": describe_day}
    months = [
        (month_name[month], list(group))
        for month, group in groupby(days, key=lambda one: one.day.month)
    ]
    return environment.from_string(source).render(
        year=days[0].day.year,
        account=account,
        style=style,
        months=months,
        summary=list(summarize_year(days)),
    )


def describe_day(one: YearDay) -> str:
    """`20 July: 5 events, 3 posts; a memorial; 1 great anniversary`, for those who hear it."""
    parts = [f"{one.day.day} {month_name[one.day.month]}: {format_count(len(one.dues), 'events')}"]
    if one.dues:
        parts[0] += f", {format_count(one.posts, 'posts')}"
    if one.has_memorial:
        parts.append("a memorial")
    if one.great:
        parts.append(f"{len(one.great)} great")
    return "; ".join(parts)
