"""What is odd about the environment, though it is not wrong: probably meant otherwise."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError
from perihelion.networks import loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perihelion.model.accounts import Account
    from perihelion.service.wiring import App

FORMER_PREFIXES = {"TWITTER": "X", "BSKY": "BLUESKY"}
"""Other names of networks, and what the variables of their accounts begin with here."""

_LEDGER = "DATABASE_URL"
_MIN_LEDGER_LIKENESS = 0.9
_MIN_PREFIX_LIKENESS = 0.8
_MIN_NAME_LIKENESS = 0.6


def find_environment_warnings(app: App, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Warnings about variables that are set, each with what to do."""
    present = {name: value for name, value in environ.items() if value.strip()}
    return (*_find_missing_accounts(app, present), *_find_near_misses(app, present))


def _find_missing_accounts(app: App, environ: Mapping[str, str]) -> Iterator[str]:
    """With a database of its own this is not a trial, but nobody would see a post."""
    if environ.keys() & {_LEDGER, f"{_LEDGER}_FILE"} and all(
        account.network == "local" for account in app.accounts
    ):
        yield (
            f"{_LEDGER} is set, as in production, but no account is on, so posts go to the local "
            "timeline only, which nobody sees: set the variables of an account"
        )


def _find_near_misses(app: App, environ: Mapping[str, str]) -> Iterator[str]:
    """Variables that nothing reads, and that are nearly named like one that is read."""
    accounts = (*app.accounts, *app.disabled_accounts)
    variables = {account.env_prefix: _list_names(account) for account in accounts}
    known = {f"{prefix}_{name}" for prefix, names in variables.items() for name in names}
    for variable in sorted(environ):
        name = variable.removesuffix("_FILE")
        if name in known or name == _LEDGER or name.startswith("PERIHELION_"):
            continue
        if _is_meant_for_ledger(name, environ):
            yield f"nothing reads {variable}; did you mean {_LEDGER}?"
        elif meant := _find_meant_variable(name, variables):
            yield (
                f"nothing reads {variable}; did you mean {meant}? The variables of an account "
                "begin with its name in the schedule, in capitals"
            )


def _is_meant_for_ledger(name: str, environ: Mapping[str, str]) -> bool:
    likeness = SequenceMatcher(None, name, _LEDGER).ratio()
    is_set = environ.keys() & {_LEDGER, f"{_LEDGER}_FILE"}
    return likeness >= _MIN_LEDGER_LIKENESS and not is_set


def _find_meant_variable(name: str, variables: Mapping[str, tuple[str, ...]]) -> str:
    """The variable of an account that `name` is a slip of; empty if there is none."""
    for written, prefix in _split_name(name, variables):
        rest = name.removeprefix(f"{written}_")
        near = get_close_matches(rest, variables[prefix], 1, _MIN_NAME_LIKENESS)
        if near:
            return f"{prefix}_{near[0]}"
        if written in FORMER_PREFIXES:
            return f"one that begins with {prefix}_"
    return ""


def _split_name(name: str, variables: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Each beginning of `name` that may stand for an account's prefix, with that prefix."""
    parts = name.split("_")
    for length in range(1, len(parts)):
        written = "_".join(parts[:length])
        if FORMER_PREFIXES.get(written) in variables:
            yield written, FORMER_PREFIXES[written]
        for prefix in get_close_matches(written, variables, 1, _MIN_PREFIX_LIKENESS):
            yield written, prefix


def _list_names(account: Account) -> tuple[str, ...]:
    """The variables of an account, without its prefix; none for a network that cannot be loaded."""
    try:
        variants = loader.load_spec(account.network).variants
    except (ConfigurationError, KeyError):
        return ()
    return tuple(dict.fromkeys(one.name for variant in variants for one in variant))
