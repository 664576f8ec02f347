"""`login`: from a network's own pages to a token that works."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.errors import UsageError
from perihelion.networks.shared.sign_in_steps import choose_option
from perihelion.schedule.load import load_with_mistakes
from perihelion.service import account_login, dotenv
from perihelion.service.console import print_line
from perihelion.service.options import override_environment, schedule_option
from perihelion.service.settings import read_settings

if TYPE_CHECKING:
    from perihelion.service.account_login import TerminalDialogue


@click.command("login")
@click.argument("network")
@click.option(
    "--account", default="", metavar="NAME", help="The account's name, as in the schedule."
)
@click.option(
    "--env",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to this file, such as .env, without asking.",
)
@schedule_option
def command(*, network: str, account: str, file: Path | None, schedule: str | None) -> None:
    """Get an account's token, and test it.

    Guides you through the network's own pages, question by question. The result is shown, or
    written to a file that only you can read; until then nothing is stored. Ctrl-C stops.
    """
    if file is not None:
        dotenv.require_safe_target(file)
    environ = override_environment(schedule=schedule)
    # A schedule with mistakes does not keep anyone from signing in.
    accounts = load_with_mistakes(read_settings(environ).schedule)[0].accounts
    target_account = account_login.resolve_account(network, account, accounts)
    dialogue = account_login.open_dialogue(target_account, environ)
    try:
        values = account_login.sign_in(dialogue)
        target = file or _choose_target(dialogue)
    except (KeyboardInterrupt, click.Abort):
        print_line("\nStopped. Nothing was written.", sys.stderr)
        raise
    if target is None:
        for name, value in values.items():
            print_line(f"export {dotenv.format_line(name, value)}")
    else:
        conflicting = account_login.find_conflicting_variables(target_account, values)
        dotenv.write_values(target, values, conflicting)
        _report_written(dialogue, target, values)
    if not any(one.name == target_account.name for one in accounts):
        entry = f"{{network: {target_account.network}, name: {target_account.name}}}"
        dialogue.show(f"The schedule does not have this account yet: add {entry} to its accounts.")


def _choose_target(dialogue: TerminalDialogue) -> Path | None:
    """The file to write, or None for the screen."""

    def parse_path(text: str) -> Path:
        try:
            dotenv.require_safe_target(Path(text))
        except UsageError as error:
            raise ValueError(f"cannot be used: {error}") from None
        return Path(text)

    question, ways = "Where to", ("Into a file", "On the screen, including the secrets")
    if choose_option(dialogue, question, ways):
        return None
    return dialogue.prompt("The file", parse_path, default=".env")


def _report_written(dialogue: TerminalDialogue, target: Path, values: dict[str, str]) -> None:
    """Say what was written, and how to use it."""
    dialogue.show(f"Wrote {', '.join(values)} to {target}, which only you can read.")
    if dotenv.is_exposed(target):
        dialogue.show(f"Add {target} to .gitignore, so that git never publishes it.")
    shown = target if target.is_absolute() else f"./{target}"
    dialogue.show(
        f"Load it into a shell with `set -a; . {shown}; set +a`; honcho reads .env itself."
    )
