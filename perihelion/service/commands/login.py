"""`login`: from a network's pages to a proved token."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError

if TYPE_CHECKING:
    from perihelion.service.account_login import TerminalDialogue

DEFAULT_FILE = Path(".env")


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
    from perihelion.service import account_login, dotenv
    from perihelion.service.settings import read_settings

    if file is not None:
        dotenv.require_safe_target(file)
    known_schedule = account_login.load_valid_part(read_settings(schedule=schedule).schedule)
    target_account = account_login.resolve_account(network, account, known_schedule)
    dialogue = account_login.open_dialogue(target_account, os.environ)
    try:
        values = account_login.sign_in(dialogue)
        target = file or _choose_target(dialogue)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nStopped. Nothing was written.", err=True)
        raise
    if target is None:
        for name, value in values.items():
            click.echo(f"export {dotenv.format_line(name, value)}")
    else:
        dotenv.write_values(
            target, values, account_login.find_conflicting_variables(target_account, values)
        )
        _report_written(dialogue, target, values)
    if not account_login.is_in_schedule(known_schedule, target_account):
        entry = f"{{network: {target_account.network}, name: {target_account.name}}}"
        dialogue.show(f"The schedule has no such account yet: add {entry} to its accounts.")


def _choose_target(dialogue: TerminalDialogue) -> Path | None:
    """The file to write, or None for the screen."""
    from perihelion.networks.shared.sign_in_steps import choose_option
    from perihelion.service import dotenv

    def parse_path(text: str) -> Path:
        try:
            dotenv.require_safe_target(Path(text))
        except UsageError as error:
            raise ValueError(f"cannot be: {error}") from None
        return Path(text)

    if choose_option(dialogue, "Where to", ("Into a file", "On the screen, secrets and all")):
        return None
    return dialogue.prompt("The file", parse_path, default=str(DEFAULT_FILE))


def _report_written(dialogue: TerminalDialogue, target: Path, values: dict[str, str]) -> None:
    """Say what was written, and how it is used."""
    from perihelion.service import dotenv

    dialogue.show(f"Written to {target}, which nobody else may read: {', '.join(values)}.")
    if dotenv.is_exposed(target):
        dialogue.show(f"Put {target} into .gitignore: git may add it.")
    shown = target if target.is_absolute() else f"./{target}"
    dialogue.show(f"A shell takes it by `set -a; . {shown}; set +a`; honcho takes .env by itself.")
