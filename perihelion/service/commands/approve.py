"""`approve`: a person approves the words of a post, or of all posts of a day."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from perihelion.model.approvals import AWAITS_APPROVAL, SignOff, Verdict
from perihelion.model.deliveries import State
from perihelion.model.errors import UsageError
from perihelion.publish.approvals import format_approve_hint
from perihelion.service.clock import parse_day
from perihelion.service.console import format_count, format_minute, print_json, print_line
from perihelion.service.options import environment_options, json_option, parse_key, person_option
from perihelion.service.sign_off import SETTLED_STATES, SignOffs
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.service.sign_off import ComingPost
    from perihelion.service.wiring import App


@click.command("approve")
@click.argument("key_or_day", metavar="KEY|DATE")
@person_option
@click.option("--withdraw", is_flag=True, help="Take the approval back; what has not left is held.")
@click.option("--yes", is_flag=True, help="Approve without asking.")
@json_option
@environment_options
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    key_or_day: str,
    person: str,
    withdraw: bool,
    yes: bool,
    as_json: bool,
    environ: dict[str, str],
) -> int:
    """Approve the words of a post, or of all posts of a day.

    KEY is what `status` and `preview --json` print; a DATE is that of each account's calendar.
    Shows the posts as they are at their time, and asks. The approval is of these words: once they
    change, another one is needed. What is held already goes out as soon as a worker looks, unless
    its late policy has ended.
    """
    if as_json and not (yes or withdraw):
        raise UsageError("--json asks nothing: add --yes")
    app = open_app(environ)
    ledger = app.open_ledger()
    ledger.require_current_version()
    sign_offs = SignOffs(app, ledger)
    posts = _select_posts(sign_offs, key_or_day)
    broken = [one for one in posts if one.problem]
    for one in broken:
        print_line(f"{one.key} cannot be worded, nor approved: {one.problem}", sys.stderr)
    if withdraw:
        changed = _withdraw(app, ledger, posts, person)
    else:
        changed = [one for one in posts if one.awaits_approval]
        if not as_json:
            _print_posts(changed)
        if changed and not (yes or click.confirm(_ask(changed))):
            return 1
        _approve(app, ledger, changed, person)
    _print_results(app, changed, person, withdrawn=withdraw, as_json=as_json)
    return 1 if broken else 0


def _select_posts(sign_offs: SignOffs, key_or_day: str) -> Sequence[ComingPost]:
    """The posts that are meant. Raises UsageError where an approval makes no sense."""
    if ":" not in key_or_day:
        try:
            day = parse_day(key_or_day)
        except ValueError as error:
            raise UsageError(f"{error}; or name the KEY of a delivery") from None
        return [one for one in sign_offs.list_day(day) if one.needs_approval]
    post, _due = sign_offs.find(parse_key(key_or_day))
    if not post.needs_approval:
        raise UsageError(
            f"{post.key} needs no approval: neither its event (`review: needed`) nor its account "
            "(`requires: approval`) asks for one"
        )
    if post.state in {State.SENT, State.SENDING}:
        raise UsageError(f"{post.key} is {post.state}; there is nothing to approve any more")
    return [post]


def _approve(app: App, ledger: Ledger, posts: Sequence[ComingPost], person: str) -> None:
    now = app.clock.now()
    approvals = [SignOff(str(one.key), now, Verdict.APPROVED, person, one.words) for one in posts]
    if approvals:
        ledger.approve_deliveries(approvals)


def _withdraw(
    app: App, ledger: Ledger, posts: Sequence[ComingPost], person: str
) -> list[ComingPost]:
    """Take back whatever was approved and has not left, also of words that have changed since."""
    now = app.clock.now()
    approved = [
        one for one in posts if one.missing != AWAITS_APPROVAL and one.state not in SETTLED_STATES
    ]
    for one in approved:
        withdrawal = SignOff(str(one.key), now, Verdict.WITHDRAWN, person, one.words)
        reason = f"{AWAITS_APPROVAL}, as {person} has withdrawn it: {format_approve_hint(one.key)}"
        ledger.withdraw_approval(withdrawal, reason)
    return approved


def _ask(posts: Sequence[ComingPost]) -> str:
    return "Approve it?" if len(posts) == 1 else f"Approve all {len(posts)}?"


def _print_posts(posts: Sequence[ComingPost]) -> None:
    if not posts:
        print_line("Nothing awaits an approval there.")
    for one in posts:
        print_line(click.style(f"{one.key}, {format_minute(one.due_at)} UTC", bold=True))
        print_line(f"  {one.missing}")
        for line in describe_words(one):
            print_line(f"    {line}".rstrip())
        print_line()


def describe_words(one: ComingPost) -> list[str]:
    """Every line of the post, and what each of its pictures shows."""
    if one.post is None:
        return [f"cannot be worded: {one.problem}"]
    pictures = [f"[{'card' if p.is_card else p.name}: {p.alt}]" for p in one.post.pictures]
    return [*one.post.text.splitlines(), *pictures]


def _print_results(
    app: App, posts: Sequence[ComingPost], person: str, *, withdrawn: bool, as_json: bool
) -> None:
    verdict = Verdict.WITHDRAWN if withdrawn else Verdict.APPROVED
    if as_json:
        print_json([_to_json(one, verdict, person) for one in posts])
        return
    now = app.clock.now()
    for one in posts:
        if not withdrawn and one.late_until <= now:
            retry = f"`python bot.py resolve {one.key} --retry` posts it all the same"
            print_line(f"{one.key} is too late by its late policy; once it is missed, {retry}.")
    if withdrawn and not posts:
        print_line("Nothing there is approved and has not left yet.")
    elif withdrawn:
        print_line(f"{format_count(len(posts), 'approvals')} withdrawn by {person}")
    elif posts:
        print_line(f"{format_count(len(posts), 'posts')} approved by {person}")


def _to_json(one: ComingPost, verdict: Verdict, person: str) -> dict[str, Any]:
    text = one.post.text if one.post else None
    what = {"key": str(one.key), "verdict": verdict, "by": person, "words": one.words}
    return {**what, "due_at": one.due_at, "state": one.state, "text": text}
