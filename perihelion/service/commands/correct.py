"""`correct`: corrects a published post after a mistake in the schedule was put right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from perihelion.model.corrections import Means
from perihelion.model.deliveries import State
from perihelion.model.errors import UsageError
from perihelion.service.console import format_minute, print_json, print_line
from perihelion.service.options import environment_options, json_option, parse_key
from perihelion.service.post_correction import open_published
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.model.corrections import Correction
    from perihelion.model.deliveries import DeliveryKey
    from perihelion.service.post_correction import CorrectionPlan
    from perihelion.service.wiring import App

_DONE = "a person says that it is done"


@click.command("correct")
@click.argument("key")
@click.option("--reply", is_flag=True, help="Correct it by a reply, also where it can be edited.")
@click.option("--yes", is_flag=True, help="Send it without asking.")
@click.option("--dry-run", is_flag=True, help="Only show what would be sent.")
@click.option("--done", is_flag=True, help="You have looked: a held correction is published.")
@json_option
@environment_options
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    key: str,
    reply: bool,
    yes: bool,
    dry_run: bool,
    done: bool,
    as_json: bool,
    environ: dict[str, str],
) -> int:
    """Correct a published post after its event was corrected.

    KEY is what `status` prints. Shows what the post says and what it will say, and asks. Where the
    network has edits, the post is edited; elsewhere a reply says what is right. A correction that
    was interrupted goes on when it is called again, and is never made twice.
    """
    from perihelion.service.delivery_run import configure_app_logging

    if as_json and not (yes or dry_run or done):
        raise UsageError("--json asks nothing: add --yes, or --dry-run")
    parsed = parse_key(key)
    app = open_app(environ, only=parsed.account)
    configure_app_logging(app, prints_results=True)
    ledger = app.open_ledger()
    ledger.require_current_version()
    try:
        if done:
            made: Correction | None = _mark_done(app, ledger, parsed)
        else:
            options = {"reply": reply, "yes": yes, "dry_run": dry_run, "json": as_json}
            made = _correct(app, ledger, parsed, **options)
    finally:
        ledger.close()
    if made is None:
        return 0
    if as_json:
        print_json(_correction_to_json(made))
    else:
        print_line(_describe(made))
    return 0 if made.state is State.SENT else 1


def _correct(  # noqa: PLR0913 - as the verb
    app: App, ledger: Ledger, key: DeliveryKey, *, reply: bool, yes: bool, dry_run: bool, json: bool
) -> Correction | None:
    """The correction as it stands now; None if nothing was begun."""
    published = open_published(app, ledger, key)
    corrector = published.open_corrector(ledger)
    if published.unfinished is not None:
        return published.unfinished if dry_run else corrector.resume(published.unfinished)
    plan = published.plan(ledger, prefers_reply=reply)
    if plan is None:
        _print_nothing(key, as_json=json)
        return None
    if json and dry_run:
        print_json(_plan_to_json(key, plan))
    elif not json:
        _print_plan(plan)
    if dry_run or not (yes or click.confirm("Send it?")):
        return None
    return corrector.start(key, plan.means, plan.before, plan.post)


def _mark_done(app: App, ledger: Ledger, key: DeliveryKey) -> Correction:
    held = [one for one in ledger.list_corrections(key) if one.state is State.HELD]
    if not held:
        raise UsageError(f"no correction of {key} is held")
    made = replace(held[0], state=State.SENT, reason=_DONE)
    ledger.settle_correction(held[0], made, app.clock.now())
    return made


def _print_nothing(key: DeliveryKey, *, as_json: bool) -> None:
    if as_json:
        print_json(None)
    else:
        print_line(f"{key} says already what the schedule says; there is nothing to correct.")


def _print_plan(plan: CorrectionPlan) -> None:
    how = {
        Means.EDIT: "The post will be edited:",
        Means.REPLY: "The post stays as it is, and a reply will be published:",
    }
    print_line(plan.url)
    for line in plan.before.splitlines():
        print_line(f"- {line}")
    print_line(how[plan.means])
    for line in plan.post.text.splitlines():
        print_line(f"+ {line}")


def _describe(made: Correction) -> str:
    if made.state is State.SENT:
        return f"{made.key} is sent: {made.url or made.receipt_id or made.reason}"
    if made.state in {State.SENDING, State.UNKNOWN}:
        again = f"correct it again after {format_minute(made.ready_at)} UTC, and it is looked up"
        return f"{made.key} is {made.state}: {made.reason or 'another process sends it'}; {again}"
    if made.state is State.WAITING:
        return f"{made.key} was not sent: {made.reason}; correct it again once that is settled"
    return f"{made.key} is {made.state}: {made.reason}"


def _plan_to_json(key: DeliveryKey, plan: CorrectionPlan) -> dict[str, Any]:
    what = {"delivery": str(key), "means": plan.means, "state": None}
    return {**what, "before": plan.before, "text": plan.post.text, "url": plan.url}


def _correction_to_json(made: Correction) -> dict[str, Any]:
    what = {"key": made.key, "delivery": str(made.delivery), "means": made.means}
    texts = {"before": made.before, "text": made.post.text}
    return {**what, "state": made.state, **texts, "url": made.url, "reason": made.reason}
