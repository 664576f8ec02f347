"""`preview`: what would be posted, with exact lengths and the pictures."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.service.changed_posts_report import CHANGED_DAYS, print_changed_posts
from perihelion.service.console import (
    format_count,
    format_counted,
    format_minute,
    print_json,
    print_line,
    select_fields,
)
from perihelion.service.options import environment_options, json_option
from perihelion.service.post_preview import draw_cards
from perihelion.service.preview_choice import PreviewChoice
from perihelion.service.preview_groups import group_by_event
from perihelion.service.preview_watch import watch_preview
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.posts import Media
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.preview_groups import PostGroup
    from perihelion.service.wiring import App


def _require_watch(context: click.Context, _port: click.Parameter, value: int) -> int:
    if value and not context.params["watches"]:
        raise UsageError("--port goes with --watch: add it, or leave the port out")
    return value


@click.command("preview")
@click.argument("day_or_mission", metavar="[DATE|MISSION]", required=False)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    help="How many days to show: 1, or 366 with --changed.",
)
@click.option(
    "--year", type=click.IntRange(1900, 3000), help="With MISSION: when its replay begins."
)
@click.option("--network", help="Only this network, whether or not it has an account.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with all posts and their pictures to this file.",
)
@click.option(
    "--contact-sheet",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write all pictures and cards into this folder, with a page that shows them together.",
)
@click.option(
    "--changed",
    metavar="REV",
    help="Only the posts of the coming year that differ from a git revision, such as main.",
)
@click.option("--markdown", is_flag=True, help="With --changed: as Markdown, for a pull request.")
@click.option("--open", "opens", is_flag=True, help="Show the page in a browser.")
@click.option(
    "--watch",
    "watches",
    is_flag=True,
    is_eager=True,  # --port asks for it
    help="Serve the page on this machine, and refresh it as files are saved.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    callback=_require_watch,
    help="With --watch: the port; by default a free one.",
)
@json_option
@environment_options
def command(  # noqa: C901, PLR0913 - one parameter and branch for each option
    *,
    day_or_mission: str | None,
    days: int | None,
    year: int | None,
    network: str | None,
    html: Path | None,
    contact_sheet: Path | None,
    changed: str | None,
    markdown: bool,
    opens: bool,
    watches: bool,
    port: int,
    as_json: bool,
    environ: dict[str, str],
) -> int:
    """Show what would be posted on a day.

    DATE is today (UTC) by default. MISSION is an id of the schedule, such as year-in-space: its
    whole replay is shown, the next one or that which begins in --year. Posts nothing, reads no
    ledger and asks no server: the limits are those that each network publishes.

    With --watch, an open page follows what you save. While there are mistakes, it shows where they
    are, above the posts as they were before.
    """
    if changed or markdown:
        if year or html or opens or as_json or watches or not changed:
            raise UsageError(
                "--changed goes with DATE, --days, --network, --markdown and --contact-sheet only"
            )
        choice = PreviewChoice(day_or_mission, days or CHANGED_DAYS, None, network)
        _print_changed(open_app(environ), changed, choice, contact_sheet, markdown=markdown)
        return 0
    choice = PreviewChoice(day_or_mission, days or 1, year, network)
    if watches:
        _refuse_other_outputs(html, contact_sheet, as_json=as_json)
        watch_preview(environ, choice, port, opens=opens)
        return 0
    app = open_app(environ)
    preview = choice.preview(app)
    posts, span = preview.posts, preview.span
    if opens and html is None:
        html = Path(tempfile.mkdtemp(prefix="perihelion-")) / "preview.html"
    if html is not None or contact_sheet is not None:
        posts = list(draw_cards(app, posts))
    if html is not None:
        _write_page(html, posts, span)
    if contact_sheet is not None:
        _write_contact_sheet(contact_sheet, posts, span)
    if html is not None and opens:
        _open_page(html)
    if as_json:
        print_json([_preview_to_json(one) for one in posts])
    elif html is not None:
        print_line(f"{html} shows {format_count(len(posts), 'posts')}")
    elif contact_sheet is not None:
        print_line(f"{contact_sheet / 'index.html'} shows the pictures of {span}")
    else:
        _print_previews(posts, preview.when)
        _print_silenced(preview.silenced)
    return 1 if any(one.problem for one in posts) else 0


def _print_silenced(silenced: Sequence[DueAnniversary]) -> None:
    for due in silenced:
        event = due.anniversary.event.full_id
        print_line(f"left out  {due.day}  {due.account.name}  {event}: {due.left_out}")


def _refuse_other_outputs(html: Path | None, contact_sheet: Path | None, *, as_json: bool) -> None:
    if html is not None or contact_sheet is not None or as_json:
        raise UsageError(
            "--watch serves the page itself: leave out --html, --contact-sheet and --json"
        )


def _write_page(file: Path, posts: Sequence[PostPreview], span: str) -> None:
    from perihelion.service.preview_page import render_preview_page  # only for a page

    try:
        file.write_text(render_preview_page(posts, span), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}; choose another file") from error


def _print_changed(
    app: App, revision: str, choice: PreviewChoice, contact_sheet: Path | None, *, markdown: bool
) -> None:
    posts = print_changed_posts(app, revision, choice, as_markdown=markdown)
    if contact_sheet is not None:
        _write_contact_sheet(contact_sheet, list(draw_cards(app, posts)), f"from {revision} on")


def _write_contact_sheet(folder: Path, posts: Sequence[PostPreview], span: str) -> None:
    from perihelion.service.contact_sheet import write_contact_sheet  # only for a sheet

    try:
        write_contact_sheet(folder, posts, span)
    except OSError as error:
        problem = f"cannot write into {folder}: {error.strerror}; choose another folder"
        raise UsageError(problem) from error


def _open_page(file: Path) -> None:
    if not webbrowser.open(file.resolve().as_uri()):
        raise UsageError(f"no browser could be started; open {file} yourself")


def _name_picture(picture: Media) -> str:
    return "card" if picture.is_card else picture.file


def _preview_to_json(one: PostPreview) -> dict[str, object]:
    due, post = one.due, one.post
    event = due.anniversary.event
    picture = post.picture if post else None
    return {
        "account": due.account.name,
        "network": due.account.network,
        "event": event.full_id,
        **select_fields(due.anniversary, "count", "unit", "day"),
        "at": due.at,
        "text": post.text if post else None,
        "length": one.length,
        "limit": one.limit,
        "picture": _name_picture(picture) if picture else None,
        "alt": picture.alt if picture else None,
        "pictures": [
            {"file": _name_picture(one), "alt": one.alt} for one in (post.pictures if post else ())
        ],
        "language": post.language if post else None,
        **{
            name: [select_fields(link, "url", "title") for link in getattr(event, name)]
            for name in ("listen", "read")
        },
        "sources": [
            {"title": source.title, "page": source.page or None} for source in event.sources
        ],
        "rank": due.rank,
        "key": one.key,
        "problem": one.problem or None,
    }


def _print_previews(posts: Sequence[PostPreview], when: str) -> None:
    if not posts:
        print_line(f"Nothing to post {when}.")
    for one in group_by_event(posts):
        seen = one.anniversary
        replay = " (replay)" if seen.is_replay else ""
        counted = f"{format_counted(seen)}{replay}"
        print_line(click.style(f"{seen.day}  {seen.event.full_id}  {counted}", bold=True))
        for group in one.groups:
            _print_group(group)


def _print_group(group: PostGroup) -> None:
    """One post, the accounts that make it, and how much of each one's limit it uses."""
    print_line(f"{format_minute(group.previews[0].due.at)} UTC  {group.label}")
    if group.post is None:
        print_line(click.style(f"  {group.problem}\n", "red"))
        return
    for line in group.post.text.splitlines():
        print_line(f"  {line}".rstrip())
    for picture in group.post.pictures:
        print_line(f"  [{_name_picture(picture)}: {picture.alt}]")
    lengths = dict.fromkeys(f"{one.length} of {one.limit}" for one in group.previews)
    print_line(click.style(f"  {', '.join(lengths)}\n", dim=True))
