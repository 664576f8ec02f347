"""Reading an account's variables and options, and the errors for wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import Option
from perihelion.networks.shared.addresses import find_address_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.accounts import Account
    from perihelion.networks.base import Context

Parsed = TypeVar("Parsed")
Other = TypeVar("Other")

UNKNOWN_OPTION = Option("unknown", ("hold", "retry", "skip"), "what becomes of an uncertain post")
"""For networks on which an uncertain post cannot be looked up."""


def read_variable(context: Context, name: str, parse: Callable[[str], Parsed]) -> Parsed:
    """The result of `parse` for one variable of the account.

    `parse` raises ValueError with a text that continues a sentence beginning with the variable's
    name. It becomes a ConfigurationError, which shows nothing of a secret.
    """
    try:
        return parse(context.get_value(name))
    except ValueError as error:
        raise variable_error(context, name, str(error)) from None


def read_pair(
    context: Context,
    first: tuple[str, Callable[[str], Parsed]],
    second: tuple[str, Callable[[str], Other]],
) -> tuple[Parsed, Other]:
    """The results of two variables, each given as its name and how to parse it.

    Raises one ConfigurationError with all that is wrong with either.
    """
    try:
        parsed = read_variable(context, *first)
    except ConfigurationError as error:
        mistakes = list(error.mistakes)
        try:
            read_variable(context, *second)
        except ConfigurationError as other:
            mistakes += other.mistakes
        raise ConfigurationError(mistakes) from None
    return parsed, read_variable(context, *second)


def read_server_url(context: Context, default: str = "") -> str:
    """The account's `URL` without a trailing slash: https, or http on this machine.

    Raises ConfigurationError for anything else.
    """
    text = context.get_value("URL").rstrip("/") or default
    if problem := find_address_problem(text):
        raise variable_error(context, "URL", problem, code="bad-url")
    return text


def variable_error(
    context: Context, name: str, problem: str, code: str = "credentials"
) -> ConfigurationError:
    """The error for one variable; `problem` continues a sentence that begins with its name."""
    text = f"{context.account.env_prefix}_{name} {problem}"
    return ConfigurationError([Mistake(SourceLocation("environment"), code, text)])


def option_error(account: Account, name: str, problem: str) -> ConfigurationError:
    """The error for the option `name` in schedule.yaml."""
    place = account.locate_key(f"options.{name}") or SourceLocation("schedule.yaml")
    return ConfigurationError([Mistake(place, "option", f"account {account.name}: {problem}")])
