"""Getting an account's credentials from a person, and proving them before they are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

from perihelion.model.accounts import Account
from perihelion.model.errors import ConfigurationError, PerihelionError, PublishError, UsageError
from perihelion.networks import loader
from perihelion.networks.base import Context, Secret
from perihelion.networks.shared.addresses import address_problem
from perihelion.networks.shared.login_steps import choose
from perihelion.schedule.load import load_with_mistakes
from perihelion.schedule.patterns import NAME
from perihelion.service import dotenv
from perihelion.service.clock import SystemClock
from perihelion.service.examine import describe
from perihelion.service.memory import Scratch
from perihelion.service.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perihelion.model.missions import Schedule
    from perihelion.networks.base import Variable

Read = TypeVar("Read")


class Terminal:
    """The Dialogue with whoever sits there. It goes to stderr: stdout is for what comes out."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._secrets: set[str] = set()
        self._said: dict[str, str] = {}

    def tell(self, text: str) -> None:
        """Show `text` without the secrets that were typed."""
        click.echo(Redactor(self._secrets)(text), err=True)

    def ask(
        self,
        question: str,
        read: Callable[[str], Read],
        *,
        secret: bool = False,
        default: str = "",
    ) -> Read:
        """What `read` makes of the answer; a question that comes again offers the last answer."""
        while True:
            offered = "" if secret else self._said.get(question, default)
            text = _prompt(question, offered, secret=secret).strip()
            if secret:
                self._secrets.add(text)
            try:
                made = read(text)
            except (ValueError, ConfigurationError, PublishError) as error:
                self.tell(_in_words(error))
                continue
            if not secret:
                self._said[question] = text
            return made


def account_for(network: str, name: str, schedule: Schedule) -> Account:
    """The schedule's account of that name, or a new one. Raises UsageError where there can be none.

    An empty `name` is the network's own.
    """
    if network not in loader.names():
        raise UsageError(f"there is no network {network!r}{loader.suggestion(network)}")
    name = name or network
    try:
        account = Account(network, NAME.parse(name))
    except ValueError as error:
        raise UsageError(f"--account: {error}") from None
    dotenv.line(f"{account.env_prefix}_X", "")
    found = next((one for one in schedule.accounts if one.name == name), account)
    if found.network != network:
        raise UsageError(f"the schedule's account {name} is on {found.network}, not on {network}")
    return found


def is_in(schedule: Schedule, account: Account) -> bool:
    """Whether the schedule has an account of that name."""
    return any(one.name == account.name for one in schedule.accounts)


def known_accounts(path: Path) -> Schedule:
    """The schedule as far as it can be read: signing in does not need it."""
    return load_with_mistakes(path)[0]


def open_terminal(account: Account, environ: Mapping[str, str]) -> Terminal:
    """A dialogue about the account, which knows what of it is set, but no secret.

    Raises UsageError where the network's address in `environ` is none.
    """
    present = {}
    for variable in _variables(account):
        name = f"{account.env_prefix}_{variable.name}"
        value = environ.get(name, "").strip() or variable.default
        problem = address_problem(value) if value and variable.name == "URL" else ""
        if problem:
            raise UsageError(f"{name} {problem}")
        if not variable.secret:
            present[variable.name] = Secret(value)
    return Terminal(Context(account, present, Scratch(), SystemClock().now))


def sign_in(talk: Terminal) -> dict[str, str]:
    """The account's variables, with their prefix, as the person got them; they are proved.

    Raises UsageError for a network without a sign-in, click.Abort where the person stops.
    """
    account = talk.context.account
    flow = loader.sign_in(account.network)
    if flow is None:
        raise UsageError(_without_flow(account))
    while True:
        try:
            values = flow(talk)
        except (PublishError, ConfigurationError) as error:
            talk.tell(_in_words(error))
            _stop_unless(choose(talk, "The sign-in failed. What now", ("Start again", "Stop")) == 0)
            continue
        result = named(account, values)
        if _prove(talk, result):
            return result


def other_names(account: Account, values: Mapping[str, str]) -> frozenset[str]:
    """Variables that would contradict `values`: of another way to sign in, or with a file."""
    names = {f"{account.env_prefix}_{variable.name}" for variable in _variables(account)}
    return frozenset((names | {f"{name}_FILE" for name in names}) - values.keys())


def _variables(account: Account) -> tuple[Variable, ...]:
    variants = loader.spec(account.network).variants
    return tuple({v.name: v for variant in variants for v in variant}.values())


def named(account: Account, values: Mapping[str, str]) -> dict[str, str]:
    """`values` with the account's prefix, and without those that are the default anyway."""
    defaults = {v.name: v.default for v in _variables(account)}
    return {
        f"{account.env_prefix}_{name}": value
        for name, value in values.items()
        if value and value != defaults.get(name)
    }


def _prove(talk: Terminal, values: Mapping[str, str]) -> bool:
    """Whether the values are good; the person may mend things elsewhere in between."""
    account = talk.context.account
    while True:
        try:
            lines = _examined(talk, values)
        except PerihelionError as error:
            talk.tell(_in_words(error))
        else:
            talk.tell("\n".join(["", f"account {account.name} is proved:", *lines, ""]))
            return True
        ways = ("Prove it again, once that is mended", "Start again", "Stop")
        chosen = choose(talk, "The proof failed. What now", ways)
        _stop_unless(chosen != len(ways) - 1)
        if chosen:
            return False


def _examined(talk: Terminal, result: Mapping[str, str]) -> list[str]:
    """What `doctor` would say of the account, read from the variables as `run` reads them."""
    account = talk.context.account
    values, mistakes = loader.resolve(account, result)
    if values is None:
        raise ConfigurationError(mistakes)
    context = replace(talk.context, values=values)
    network = loader.spec(account.network).connect(context)
    return [f"  {line}" for line in describe(network, account)]


def _stop_unless(go_on: bool) -> None:  # noqa: FBT001 - reads as a sentence
    if not go_on:
        raise click.Abort


def _without_flow(account: Account) -> str:
    """Why there is nothing to walk through, and what to set instead."""
    needed = [
        f"{account.env_prefix}_{v.name} ({v.help})" for v in _variables(account) if v.required
    ]
    if not needed:
        return f"{account.network} needs no sign-in"
    return f"{account.network} has no sign-in of its own; set {', '.join(needed)}"


def _in_words(error: Exception) -> str:
    if isinstance(error, ConfigurationError):
        return "\n".join(mistake.message for mistake in error.mistakes)
    return f"That {error}." if isinstance(error, ValueError) else f"{error}."


def _prompt(question: str, default: str, *, secret: bool) -> str:
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
