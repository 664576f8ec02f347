"""`resolve`: a person settles what no network can."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from perihelion.model.deliveries import State
from perihelion.model.errors import UsageError
from perihelion.service.console import print_json, print_line
from perihelion.service.options import environment_options, json_option, parse_key
from perihelion.service.wiring import open_app_for_ledger


@click.command("resolve")
@click.argument("key")
@click.option("--sent", "url", metavar="URL", help="It was published, at this address.")
@click.option("--retry", is_flag=True, help="It was not published: try again now.")
@click.option("--skip", is_flag=True, help="Leave it unpublished.")
@json_option
@environment_options
def command(  # noqa: PLR0913 - one parameter for each option
    *, key: str, url: str | None, retry: bool, skip: bool, as_json: bool, environ: dict[str, str]
) -> None:
    """Settle a held delivery.

    KEY is what `status` prints. Rejected, missed and skipped deliveries can be settled too; one
    that was sent never changes.
    """
    target = _choose_state(url, retry=retry, skip=skip)
    parsed = parse_key(key)
    app, _wrong = open_app_for_ledger(environ)
    ledger = app.open_ledger()
    ledger.require_current_version()
    delivery = ledger.resolve_delivery(parsed, target, app.clock.now(), url)
    if as_json:
        print_json({"key": str(delivery.key), "state": delivery.state, "url": delivery.url})
    else:
        print_line(f"{delivery.key} is now {delivery.state}: {delivery.reason}")


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
