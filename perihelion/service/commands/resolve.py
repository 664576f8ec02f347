"""`resolve`: a person settles what no network can."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from perihelion.model.deliveries import State
from perihelion.model.errors import UsageError
from perihelion.service.options import json_option, parse_key, path_options, print_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command("resolve")
@click.argument("key")
@click.option("--sent", "url", metavar="URL", help="It was published, here.")
@click.option("--retry", is_flag=True, help="It was not published: try again now.")
@click.option("--skip", is_flag=True, help="Leave it unpublished.")
@json_option
@path_options
def command(  # noqa: PLR0913 - one parameter an option
    *,
    key: str,
    url: str | None,
    retry: bool,
    skip: bool,
    as_json: bool,
    state: Path | None,
    schedule: Path | None,
) -> None:
    """Settle a held delivery.

    KEY is what `status` prints. Rejected, missed and skipped deliveries can be settled too; one
    that was sent never changes.
    """
    from perihelion.service.wiring import open_app_for_ledger

    target = _choose_state(url, retry=retry, skip=skip)
    parsed = parse_key(key)
    app, _wrong = open_app_for_ledger(state=state, schedule=schedule)
    ledger = app.open_ledger()
    ledger.require_current_version()
    delivery = ledger.resolve_delivery(parsed, target, app.clock.now(), url)
    if as_json:
        print_json({"key": str(delivery.key), "state": delivery.state, "url": delivery.url})
    else:
        click.echo(f"{delivery.key} is now {delivery.state}: {delivery.reason}")


def _choose_state(url: str | None, *, retry: bool, skip: bool) -> State:
    if sum((url is not None, retry, skip)) != 1:
        raise UsageError("say exactly one of --sent URL, --retry and --skip")
    if url is not None:
        _require_url(url)
        return State.SENT
    return State.WAITING if retry else State.SKIPPED


def _require_url(url: str) -> None:
    """Refuse what leads nowhere: nobody could find the post again."""
    try:
        parts = urlsplit(url)
        good = bool(parts.scheme and (parts.netloc or parts.path)) and not any(
            map(str.isspace, url)
        )
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"--sent takes the post's address, https://... for example, not {url!r}")
