"""`resolve`: a person settles what no network can."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from perihelion.model.deliveries import State
from perihelion.model.errors import UsageError
from perihelion.service.bulk_resolve import (
    BULK_STATES,
    Selection,
    confirm_resolution,
    list_selected,
    resolve_deliveries,
)
from perihelion.service.console import print_json, print_line
from perihelion.service.options import json_option, override_environment, parse_key, schedule_option
from perihelion.service.wiring import open_app_for_ledger


@click.command("resolve")
@click.argument("key", required=False)
@click.option("--sent", "url", metavar="URL", help="It was published, at this address.")
@click.option("--retry", is_flag=True, help="It was not published: try again now.")
@click.option("--skip", is_flag=True, help="Leave it unpublished.")
@click.option(
    "--state",
    "states",
    multiple=True,
    metavar="STATE|FOLDER",
    help=f"Settle all that are {', '.join(BULK_STATES[:-1])} or {BULK_STATES[-1]}, instead of a "
    "KEY. Any other value is the state folder; overrides PERIHELION_STATE.",
)
@click.option("--account", metavar="NAME", help="With --state: only those of this account.")
@click.option("--reason", metavar="TEXT", help="With --state: only those whose reason has TEXT.")
@click.option("--dry-run", is_flag=True, help="With --state: only show what would be settled.")
@click.option("--yes", is_flag=True, help="With --state: settle them without asking.")
@json_option
@schedule_option
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    key: str | None,
    url: str | None,
    retry: bool,
    skip: bool,
    states: tuple[str, ...],
    account: str | None,
    reason: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    schedule: str | None,
) -> int:
    """Settle a held delivery, or all that are alike.

    KEY is what `status` prints. Rejected, missed and skipped deliveries can be settled too; one
    that was sent never changes. With --state, shows which deliveries it would settle, and asks.
    """
    target = _choose_state(url, retry=retry, skip=skip)
    state, folder = _split_states(states)
    environ = override_environment(state=folder, schedule=schedule)
    if state is None:
        if account is not None or reason is not None or dry_run or yes:
            raise UsageError("--account, --reason, --dry-run and --yes need --state")
        _resolve_one(key, target, url, environ, as_json=as_json)
        return 0
    if key is not None or target is State.SENT:
        raise UsageError("--state goes without a KEY, and with --retry or --skip")
    if as_json and not (yes or dry_run):
        raise UsageError("--json asks nothing: add --yes, or --dry-run")
    selection = Selection(State(state), target, account or "", reason or "")
    return _resolve_many(selection, environ, dry_run=dry_run, yes=yes, as_json=as_json)


def _resolve_one(
    key: str | None, target: State, url: str | None, environ: dict[str, str], *, as_json: bool
) -> None:
    if key is None:
        raise UsageError("name the KEY of a delivery, or choose many with --state")
    parsed = parse_key(key)
    app, _wrong = open_app_for_ledger(environ)
    ledger = app.open_ledger()
    ledger.require_current_version()
    if target is State.SENT and str(parsed) in ledger.list_known_doubles():
        ledger.keep_one_of_double(parsed, url or "", app.clock.now())
        delivery = ledger.get_delivery(parsed)
    else:
        delivery = ledger.resolve_delivery(parsed, target, app.clock.now(), url)
    if as_json:
        print_json({"key": str(delivery.key), "state": delivery.state, "url": delivery.url})
    else:
        print_line(f"{delivery.key} is now {delivery.state}: {delivery.reason}")


def _resolve_many(
    selection: Selection, environ: dict[str, str], *, dry_run: bool, yes: bool, as_json: bool
) -> int:
    app, _wrong = open_app_for_ledger(environ)
    ledger = app.open_ledger()
    ledger.require_current_version()
    found = list_selected(ledger, selection)
    if not as_json and not confirm_resolution(found, selection, dry_run=dry_run, yes=yes):
        return 1
    results = [] if dry_run else resolve_deliveries(ledger, found, selection, app.clock.now())
    if as_json:
        shown = results or [(one, selection.target, "") for one in found]
        names = ("key", "before", "state", "problem")
        rows = ((str(one.key), one.state, after, problem) for one, after, problem in shown)
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        for one, after, problem in results:
            print_line(problem or f"{one.key} is now {after}")
    return 1 if any(problem for _one, _after, problem in results) else 0


def _split_states(values: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The state to settle and the state folder, either of which may be left out."""
    states = [one for one in values if one in BULK_STATES]
    folders = [one for one in values if one not in BULK_STATES]
    if len(states) > 1 or len(folders) > 1:
        raise UsageError(f"--state takes one of {', '.join(BULK_STATES)}, and one folder")
    return next(iter(states), None), next(iter(folders), None)


def _choose_state(url: str | None, *, retry: bool, skip: bool) -> State:
    if sum((url is not None, retry, skip)) != 1:
        raise UsageError("use exactly one of --sent URL, --retry and --skip")
    if url is None:
        return State.WAITING if retry else State.SKIPPED
    if not _is_address(url):
        raise UsageError(f"--sent takes the post's address, such as https://..., not {url!r}")
    return State.SENT


def _is_address(url: str) -> bool:
    """Whether `url` leads anywhere, so that the post can be found again."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and len(url.split()) == 1
