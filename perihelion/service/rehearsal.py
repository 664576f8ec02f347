"""Rehearsals: what `--at` and `--speed` play leaves no trace, unless a state folder is named."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.service.options import add_environment_options, override_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from perihelion.service.wiring import App

_LEDGER_ADDRESSES = frozenset({"DATABASE_URL", "DATABASE_URL_FILE"})


def posting_environment_options(verb: Callable[..., object]) -> Callable[..., object]:
    """As `environment_options`, for a verb that posts, and has `at` and perhaps `speed`.

    In a rehearsal without `--state`, the environment that the verb receives names a folder of its
    own, which is deleted at the end.
    """

    @wraps(verb)
    def call(*, state: str | None, schedule: str | None, **others: object) -> object:
        environ = override_environment(state=state, schedule=schedule)
        if state is not None or not _is_rehearsal(others):
            return verb(environ=environ, **others)
        with _throw_away_state(environ) as rehearsed:
            return verb(environ=rehearsed, **others)

    return add_environment_options(call)


def _is_rehearsal(options: Mapping[str, object]) -> bool:
    return options["at"] is not None or options.get("speed", 1.0) != 1


@contextmanager
def _throw_away_state(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="perihelion-") as folder:
        click.echo(
            "A rehearsal: its ledger is new, and deleted at the end. Add --state DIR to use "
            "a ledger of your own.",
            err=True,
        )
        kept = {name: value for name, value in environ.items() if name not in _LEDGER_ADDRESSES}
        yield kept | {"PERIHELION_STATE": folder}


def require_loopback(app: App, *, yes: bool) -> None:
    """Refuse a rehearsal that would post publicly. Raises UsageError unless `yes`."""
    remote = [one.account.name for one in app.enabled_accounts if not one.is_loopback]
    if remote and not yes:
        raise UsageError(
            f"this rehearsal would really post to {', '.join(remote)}; unset the variables of "
            "these accounts, or add --yes if you mean it"
        )
