"""`login`: from a network's pages to a proved token."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError

if TYPE_CHECKING:
    from perihelion.service.login import Terminal

DEFAULT = Path(".env")


@click.command("login")
@click.argument("network")
@click.option("--account", default="", metavar="NAME", help="As the schedule names the account.")
@click.option(
    "--env",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to this file, such as .env, without asking.",
)
@click.option(
    "--schedule",
    type=click.Path(path_type=Path),
    help="The schedule, instead of PERIHELION_SCHEDULE.",
)
def command(*, network: str, account: str, file: Path | None, schedule: Path | None) -> None:
    """Get an account's token, and prove it.

    Walks through the network's own pages, question by question. What comes out is shown, or
    written to a file that nobody else may read; until then nothing is kept. Ctrl-C stops.
    """
    from perihelion.service import dotenv, login
    from perihelion.service.settings import read_settings

    if file is not None:
        dotenv.demand_fit(file)
    known = login.known_accounts(read_settings(schedule=schedule).schedule)
    whose = login.account_for(network, account, known)
    talk = login.open_terminal(whose, os.environ)
    try:
        values = login.sign_in(talk)
        target = file or _where(talk)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nStopped. Nothing was written.", err=True)
        raise
    if target is None:
        for name, value in values.items():
            click.echo(f"export {dotenv.line(name, value)}")
    else:
        dotenv.write(target, values, login.other_names(whose, values))
        _report(talk, target, values)
    if not login.is_in(known, whose):
        entry = f"{{network: {whose.network}, name: {whose.name}}}"
        talk.tell(f"The schedule has no such account yet: add {entry} to its accounts.")


def _where(talk: Terminal) -> Path | None:
    """The file to write, or None for the screen."""
    from perihelion.networks.shared.login_steps import choose
    from perihelion.service import dotenv

    def read(text: str) -> Path:
        try:
            dotenv.demand_fit(Path(text))
        except UsageError as error:
            raise ValueError(f"cannot be: {error}") from None
        return Path(text)

    if choose(talk, "Where to", ("Into a file", "On the screen, secrets and all")):
        return None
    return talk.ask("The file", read, default=str(DEFAULT))


def _report(talk: Terminal, target: Path, values: dict[str, str]) -> None:
    """Say what was written, and how it is used."""
    from perihelion.service import dotenv

    talk.tell(f"Written to {target}, which nobody else may read: {', '.join(values)}.")
    if dotenv.is_exposed(target):
        talk.tell(f"Put {target} into .gitignore: git may add it.")
    shown = target if target.is_absolute() else f"./{target}"
    talk.tell(f"A shell takes it by `set -a; . {shown}; set +a`; honcho takes .env by itself.")
