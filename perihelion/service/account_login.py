"""Getting an account's credentials from a person, and proving them before they are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

from perihelion.model.accounts import Account
from perihelion.model.errors import ConfigurationError, PerihelionError, PublishError, UsageError
from perihelion.networks import loader
from perihelion.networks.base import Context, Secret
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.networks.shared.sign_in_steps import choose_option
from perihelion.schedule.load import load_with_mistakes
from perihelion.schedule.patterns import NAME
from perihelion.service import dotenv
from perihelion.service.adapter_memory import TransientMemory
from perihelion.service.clock import SystemClock
from perihelion.service.doctor_checks import describe_account
from perihelion.service.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perihelion.model.missions import Schedule
    from perihelion.networks.base import Variable

Parsed = TypeVar("Parsed")


class TerminalDialogue:
    """The Dialogue with whoever sits there. It goes to stderr: stdout is for what comes out."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._typed_secrets: set[str] = set()
        self._previous_answers: dict[str, str] = {}

    def show(self, text: str) -> None:
        """Show `text` without the secrets that were typed."""
        click.echo(Redactor(self._typed_secrets)(text), err=True)

    def prompt(
        self,
        question: str,
        read: Callable[[str], Parsed],
        *,
        secret: bool = False,
        default: str = "",
    ) -> Parsed:
        """What `read` makes of the answer; a question that comes again offers the last answer."""
        while True:
            offered = "" if secret else self._previous_answers.get(question, default)
            text = _prompt_once(question, offered, secret=secret).strip()
            if secret:
                self._typed_secrets.add(text)
            try:
                made = read(text)
            except (ValueError, ConfigurationError, PublishError) as error:
                self.show(_format_error(error))
                continue
            if not secret:
                self._previous_answers[question] = text
            return made


def resolve_account(network: str, name: str, schedule: Schedule) -> Account:
    """The schedule's account of that name, or a new one. Raises UsageError where there can be none.

    An empty `name` is the network's own.
    """
    if network not in loader.network_names():
        raise UsageError(f"there is no network {network!r}{loader.suggest_network(network)}")
    name = name or network
    try:
        account = Account(network, NAME.parse(name))
    except ValueError as error:
        raise UsageError(f"--account: {error}") from None
    dotenv.format_line(f"{account.env_prefix}_X", "")
    found = next((one for one in schedule.accounts if one.name == name), account)
    if found.network != network:
        raise UsageError(f"the schedule's account {name} is on {found.network}, not on {network}")
    return found


def is_in_schedule(schedule: Schedule, account: Account) -> bool:
    """Whether the schedule has an account of that name."""
    return any(one.name == account.name for one in schedule.accounts)


def load_valid_part(path: Path) -> Schedule:
    """The schedule as far as it can be read: signing in does not need it."""
    return load_with_mistakes(path)[0]


def open_dialogue(account: Account, environ: Mapping[str, str]) -> TerminalDialogue:
    """A dialogue about the account, which knows what of it is set, but no secret.

    Raises UsageError where the network's address in `environ` is none.
    """
    present = {}
    for variable in _list_variables(account):
        name = f"{account.env_prefix}_{variable.name}"
        value = environ.get(name, "").strip() or variable.default
        problem = find_address_problem(value) if value and variable.name == "URL" else ""
        if problem:
            raise UsageError(f"{name} {problem}")
        if not variable.secret:
            present[variable.name] = Secret(value)
    return TerminalDialogue(Context(account, present, TransientMemory(), SystemClock().now))


def sign_in(dialogue: TerminalDialogue) -> dict[str, str]:
    """The account's variables, with their prefix, as the person got them; they are proved.

    Raises UsageError for a network without a sign-in, click.Abort where the person stops.
    """
    account = dialogue.context.account
    flow = loader.load_sign_in(account.network)
    if flow is None:
        raise UsageError(_explain_missing_sign_in(account))
    while True:
        try:
            values = flow(dialogue)
        except (PublishError, ConfigurationError) as error:
            dialogue.show(_format_error(error))
            _abort_unless(
                choose_option(dialogue, "The sign-in failed. What now", ("Start again", "Stop"))
                == 0
            )
            continue
        result = prefix_variables(account, values)
        if _verify_credentials(dialogue, result):
            return result


def find_conflicting_variables(account: Account, values: Mapping[str, str]) -> frozenset[str]:
    """Variables that would contradict `values`: of another way to sign in, or with a file."""
    names = {f"{account.env_prefix}_{variable.name}" for variable in _list_variables(account)}
    return frozenset((names | {f"{name}_FILE" for name in names}) - values.keys())


def _list_variables(account: Account) -> tuple[Variable, ...]:
    variants = loader.load_spec(account.network).variants
    return tuple({v.name: v for variant in variants for v in variant}.values())


def prefix_variables(account: Account, values: Mapping[str, str]) -> dict[str, str]:
    """`values` with the account's prefix, and without those that are the default anyway."""
    defaults = {v.name: v.default for v in _list_variables(account)}
    return {
        f"{account.env_prefix}_{name}": value
        for name, value in values.items()
        if value and value != defaults.get(name)
    }


def _verify_credentials(dialogue: TerminalDialogue, values: Mapping[str, str]) -> bool:
    """Whether the values are good; the person may mend things elsewhere in between."""
    account = dialogue.context.account
    while True:
        try:
            lines = _describe_login(dialogue, values)
        except PerihelionError as error:
            dialogue.show(_format_error(error))
        else:
            dialogue.show("\n".join(["", f"account {account.name} is proved:", *lines, ""]))
            return True
        ways = ("Prove it again, once that is mended", "Start again", "Stop")
        chosen = choose_option(dialogue, "The proof failed. What now", ways)
        _abort_unless(chosen != len(ways) - 1)
        if chosen:
            return False


def _describe_login(dialogue: TerminalDialogue, result: Mapping[str, str]) -> list[str]:
    """What `doctor` would say of the account, read from the variables as `run` reads them."""
    account = dialogue.context.account
    values, mistakes = loader.read_credentials(account, result)
    if values is None:
        raise ConfigurationError(mistakes)
    context = replace(dialogue.context, values=values)
    network = loader.load_spec(account.network).connect(context)
    return [f"  {line}" for line in describe_account(network, account)]


def _abort_unless(go_on: bool) -> None:  # noqa: FBT001 - reads as a sentence
    if not go_on:
        raise click.Abort


def _explain_missing_sign_in(account: Account) -> str:
    """Why there is nothing to walk through, and what to set instead."""
    needed = [
        f"{account.env_prefix}_{v.name} ({v.help})" for v in _list_variables(account) if v.required
    ]
    if not needed:
        return f"{account.network} needs no sign-in"
    return f"{account.network} has no sign-in of its own; set {', '.join(needed)}"


def _format_error(error: Exception) -> str:
    if isinstance(error, ConfigurationError):
        return "\n".join(mistake.message for mistake in error.mistakes)
    return f"That {error}." if isinstance(error, ValueError) else f"{error}."


def _prompt_once(question: str, default: str, *, secret: bool) -> str:
    """One answer. Raises KeyboardInterrupt for Ctrl-C, and click.Abort when the input has ended."""
    try:
        answer: str = click.prompt(
            question, default, hide_input=secret, show_default=bool(default), err=True
        )
    except click.Abort as aborted:
        if isinstance(aborted.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    return answer
