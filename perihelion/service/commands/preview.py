"""`preview`: what would be posted, with true counts and the pictures."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.service.clock import require_supported_year
from perihelion.service.formatting import format_count, format_days, format_minute
from perihelion.service.options import json_option, path_options, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.service.post_preview import PostPreview


class _DateType(click.ParamType[date]):
    name = "DATE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date; write one as in 2027-03-02", param, ctx)
        try:
            require_supported_year(day)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return day


@click.command("preview")
@click.argument("day", metavar="[DATE]", type=_DateType(), required=False)
@click.option("--days", type=click.IntRange(1, 3660), default=1, help="How many days to show.")
@click.option("--network", help="One network, set up or not.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with all posts and their pictures to this file.",
)
@json_option
@path_options
def command(  # noqa: PLR0913 - one parameter an option
    *,
    day: date | None,
    days: int,
    network: str | None,
    html: Path | None,
    as_json: bool,
    state: Path | None,
    schedule: Path | None,
) -> int:
    """Show what would be posted on a day.

    DATE is today (UTC) by default. Nothing is posted, no ledger is read and no server is asked:
    the limits are those that each network states.
    """
    from perihelion.service.post_preview import preview_posts, select_accounts
    from perihelion.service.wiring import open_app

    app = open_app(state=state, schedule=schedule)
    first = day or app.clock.now().date()
    posts = list(preview_posts(app, select_accounts(app, network), first, days))
    if html is not None:
        from perihelion.service.preview_page import write_preview_page  # only for a page

        write_preview_page(html, posts, first, days)
    if as_json:
        print_json([_preview_to_json(one) for one in posts])
    elif html is not None:
        click.echo(f"{html} shows {format_count(len(posts), 'posts')}")
    else:
        _print_previews(posts, first, days)
    return 1 if any(one.problem for one in posts) else 0


def _preview_to_json(one: PostPreview) -> dict[str, object]:
    due, post = one.due, one.post
    picture = post.picture if post else None
    pictures = post.pictures if post else ()
    return {
        "account": due.account.name,
        "network": due.account.network,
        "event": due.anniversary.event.full_id,
        "count": due.anniversary.count,
        "unit": due.anniversary.unit,
        "day": due.anniversary.day,
        "at": due.at,
        "text": post.text if post else None,
        "length": one.length,
        "limit": one.limit,
        "picture": picture.file if picture else None,
        "alt": picture.alt if picture else None,
        "pictures": [{"file": one.file, "alt": one.alt} for one in pictures],
        "language": post.language if post else None,
        "rank": due.rank,
        "key": one.key,
        "problem": one.problem or None,
    }


def _print_previews(posts: Sequence[PostPreview], first: date, days: int) -> None:
    if not posts:
        when = f"{'on' if days == 1 else 'from'} {format_days(first, days)}"
        click.echo(f"Nothing is remembered {when}.")
    for one in posts:
        due = one.due
        head = f"{format_minute(due.at)} UTC  {due.account.name}  {due.anniversary.event.full_id}"
        click.secho(head, bold=True)
        if one.post is None:
            click.secho(f"  {one.problem}\n", fg="red")
            continue
        for line in one.post.text.splitlines():
            click.echo(f"  {line}".rstrip())
        for picture in one.post.pictures:
            click.echo(f"  [{picture.file}: {picture.alt}]")
        click.secho(f"  {one.length} of {one.limit}\n", dim=True)
