"""Getting an account's credentials from a person, and testing them before they are stored."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

from perihelion.model.accounts import Account
from perihelion.model.errors import ConfigurationError, PerihelionError, PublishError, UsageError
from perihelion.networks import loader
from perihelion.networks.base import Context, Secret
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.networks.shared.redaction import Redactor
from perihelion.networks.shared.sign_in_steps import choose_option
from perihelion.publish.decisions import UnknownPolicy
from perihelion.publish.preparer import get_unknown_policy
from perihelion.schedule.patterns import NAME
from perihelion.service import dotenv
from perihelion.service.adapter_memory import DictMemory
from perihelion.service.clock import SystemClock
from perihelion.service.console import format_count, format_minute, print_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from perihelion.networks.base import Dedupe, Identity, Network, Variable

Parsed = TypeVar("Parsed")
_UNKNOWN_POLICY_TEXTS = {
    UnknownPolicy.HOLD: "held for you to settle",
    UnknownPolicy.RETRY: "sent again, at the risk of a duplicate",
    UnknownPolicy.SKIP: "left unpublished",
}


class TerminalDialogue:
    """The Dialogue with the person at the terminal, on stderr: stdout is for the result."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._typed_secrets: set[str] = set()
        self._previous_answers: dict[str, str] = {}

    def show(self, text: str) -> None:
        """Show `text` without the secrets that were typed."""
        print_line(Redactor(self._typed_secrets)(text), sys.stderr)

    def prompt(
        self,
        question: str,
        read: Callable[[str], Parsed],
        *,
        secret: bool = False,
        default: str = "",
    ) -> Parsed:
        """The answer as `read` returns it; a repeated question offers the previous answer."""
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


def resolve_account(network: str, name: str, accounts: Iterable[Account]) -> Account:
    """The one of `accounts` with that name, or a new one; an empty `name` is the network's.

    Raises UsageError for an unknown network, an invalid name, and an account of another network.
    """
    if network not in loader.network_names():
        raise UsageError(f"there is no network {network!r}{loader.suggest_network(network)}")
    name = name or network
    try:
        account = Account(network, NAME.parse(name))
    except ValueError as error:
        raise UsageError(f"--account: {error}") from None
    dotenv.format_line(f"{account.env_prefix}_X", "")
    found = next((one for one in accounts if one.name == name), account)
    if found.network != network:
        raise UsageError(
            f"the schedule's account {name} is on {found.network}, not on {network}; "
            f"run `login {found.network}`, or choose another name with --account"
        )
    return found


def open_dialogue(account: Account, environ: Mapping[str, str]) -> TerminalDialogue:
    """A dialogue about the account, which knows the variables that are set, except secrets.

    Raises UsageError if the network's address in `environ` is invalid.
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
    return TerminalDialogue(Context(account, present, DictMemory(), SystemClock().now))


def sign_in(dialogue: TerminalDialogue) -> dict[str, str]:
    """The account's variables, with their prefix, as the person obtained them; they are tested.

    Raises UsageError for a network without a sign-in, and click.Abort if the person stops.
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
            _choose_or_abort(dialogue, "The sign-in failed. What next", "Start again")
            continue
        result = prefix_variables(account, values)
        if _verify_credentials(dialogue, result):
            return result


def find_conflicting_variables(account: Account, values: Mapping[str, str]) -> frozenset[str]:
    """The account's other variables, which would contradict `values`, NAME_FILE included."""
    names = {f"{account.env_prefix}_{variable.name}" for variable in _list_variables(account)}
    return frozenset((names | {f"{name}_FILE" for name in names}) - values.keys())


def _list_variables(account: Account) -> tuple[Variable, ...]:
    variants = loader.load_spec(account.network).variants
    return tuple({v.name: v for variant in variants for v in variant}.values())


def prefix_variables(account: Account, values: Mapping[str, str]) -> dict[str, str]:
    """`values` with the account's prefix, without empty ones and those equal to the default."""
    defaults = {v.name: v.default for v in _list_variables(account)}
    return {
        f"{account.env_prefix}_{name}": value
        for name, value in values.items()
        if value and value != defaults.get(name)
    }


def _verify_credentials(dialogue: TerminalDialogue, values: Mapping[str, str]) -> bool:
    """Whether the values work; False to start again. The person may fix the cause in between."""
    account = dialogue.context.account
    while True:
        try:
            lines = _describe_login(dialogue, values)
        except PerihelionError as error:
            dialogue.show(_format_error(error))
        else:
            dialogue.show("\n".join(["", f"account {account.name} works:", *lines, ""]))
            return True
        question = "The test failed. What next"
        if _choose_or_abort(dialogue, question, "Test again, once that is fixed", "Start again"):
            return False


def _describe_login(dialogue: TerminalDialogue, result: Mapping[str, str]) -> list[str]:
    """What `doctor` would say of the account, read from the variables as `run` reads them."""
    account = dialogue.context.account
    values, mistakes = loader.read_credentials(account, result)
    if values is None:
        raise ConfigurationError(mistakes)
    context = replace(dialogue.context, values=values)
    network = loader.load_spec(account.network).connect(context)
    return [f"  {line}" for line in describe_account(network, account, network.check())]


def describe_account(network: Network, account: Account, identity: Identity) -> tuple[str, ...]:
    """Lines that say whose the account's credentials are, as `check` found, and what holds there.

    Raises what `Network.limits` raises.
    """
    limits = network.limits
    expires = identity.expires_at
    counts = f"{limits.length} {limits.counting}, {format_count(limits.pictures, 'pictures')}"
    return (
        f"{identity.handle} {identity.url or ''}".strip(),
        f"{counts}, alt text {limits.alt_length}",
        _describe_dedupe(network.dedupe, get_unknown_policy(account)),
        *identity.notes,
        *((f"its token expires {format_minute(expires)} UTC",) if expires is not None else ()),
    )


def _describe_dedupe(dedupe: Dedupe, policy: UnknownPolicy) -> str:
    """How the network prevents duplicates; `policy` is the operator's, for what it cannot."""
    if dedupe.method == "keyed":
        window = f"for {dedupe.window}" if dedupe.window else "without a time limit"
        then = ", then looked up" if dedupe.then_lookup else ""
        return f"dedupe: keyed {window}{then}"
    if dedupe.method == "lookup":
        return "dedupe: looked up on the account's own timeline"
    return f"dedupe: none; a post whose outcome is unknown is {_UNKNOWN_POLICY_TEXTS[policy]}"


def _choose_or_abort(dialogue: TerminalDialogue, question: str, *ways: str) -> int:
    """The index of the chosen way. Raises click.Abort for the last choice, which is to stop."""
    chosen = choose_option(dialogue, question, (*ways, "Stop"))
    if chosen == len(ways):
        raise click.Abort
    return chosen


def _explain_missing_sign_in(account: Account) -> str:
    """Why there is no sign-in, and what to set instead."""
    needed = [
        f"{account.env_prefix}_{v.name} ({v.help})" for v in _list_variables(account) if v.required
    ]
    if not needed:
        return f"{account.network} needs no sign-in"
    return f"{account.network} has no guided sign-in; set {', '.join(needed)}"


def _format_error(error: Exception) -> str:
    if isinstance(error, ConfigurationError):
        return "\n".join(mistake.message for mistake in error.mistakes)
    return f"That {error}." if isinstance(error, ValueError) else f"{error}."


def _prompt_once(question: str, default: str, *, secret: bool) -> str:
    """One answer. Raises KeyboardInterrupt for Ctrl-C, and click.Abort at the end of the input."""
    try:
        answer: str = click.prompt(
            question, default, hide_input=secret, show_default=bool(default), err=True
        )
    except click.Abort as aborted:
        if isinstance(aborted.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    return answer
