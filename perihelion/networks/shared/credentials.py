"""Finding an account's variables in the environment, and the mistakes in variables and options."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import Secret
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.schedule.suggestions import suggest_choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perihelion.model.accounts import Account
    from perihelion.networks.base import NetworkSpec, Variable

_MIN_LIKENESS = 0.9
"""How alike a variable is that begins with another name, but was meant for an account."""


def read_secret(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """A secret's value, from its variable or the file that NAME_FILE names; and what is wrong.

    Both are empty if the secret is not set.
    """
    text, file = (environ.get(one, "").strip() for one in (name, f"{name}_FILE"))
    if text and file:
        return text, f"set {name} or {name}_FILE, not both"
    if not file:
        return text, _find_hidden_character(name, text)
    try:
        text = Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        return "", f"{name}_FILE: cannot read {file}: {reason}"
    hidden = _find_hidden_character(f"{name}_FILE", text)
    return text, hidden if text else f"{name}_FILE: {file} is empty"


def _find_hidden_character(name: str, text: str) -> str:
    """What is wrong with a secret that was copied with something invisible in it."""
    for place, char in enumerate(text, 1):
        if category(char) == "Cf":  # a byte order mark, a zero-width space, a direction
            return (
                f"{name}: character {place} of its value is invisible (U+{ord(char):04X}); copy "
                "the value again, without it"
            )
    return ""


def choose_variant(
    account: Account, spec: NetworkSpec, environ: Mapping[str, str]
) -> tuple[dict[str, Secret] | None, list[Mistake]]:
    """The values of the variant that is set in `environ`, by name, and what is wrong with them.

    The values are None if no variable is set, or not all of a variant's.
    """
    variables = {one.name: one for variant in spec.variants for one in variant}
    read = {name: _read_variable(account, one, environ) for name, one in variables.items()}
    found = {name: text for name, (text, _) in read.items()}
    problems = [problem for _, problem in read.values() if problem]
    complete = [one for one in spec.variants if not _missing_variables(one, found)]
    chosen = None
    if complete and (any(found.values()) or not any(spec.variants)):
        chosen = {one.name: Secret(found[one.name] or one.default) for one in complete[0]}
        extra = [one for name, one in variables.items() if found[name] and name not in chosen]
        if extra:
            required = _join_names(account, _required_variables(complete[0]))
            problems.append(f"set either {required} or {_join_names(account, extra)}, not both")
    elif any(found.values()):
        problems.append(_describe_incomplete(account, spec, found, environ))
    texts = (f"account {account.name}: {problem}" for problem in problems)
    return chosen, [make_mistake(account, "credentials", text) for text in texts]


def _read_variable(
    account: Account, variable: Variable, environ: Mapping[str, str]
) -> tuple[str, str]:
    """A variable's value, and what is wrong with it."""
    name = f"{account.env_prefix}_{variable.name}"
    if variable.secret:
        return read_secret(name, environ)
    text = environ.get(name, "").strip()
    problem = find_address_problem(text) if text and variable.name == "URL" else ""
    return text, f"{name} {problem}" if problem else ""


def _describe_incomplete(
    account: Account, spec: NetworkSpec, found: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    closest = max(spec.variants, key=lambda variant: sum(bool(found[v.name]) for v in variant))
    missing = _join_names(account, _missing_variables(closest, found))
    given = _join_names(account, (one for one in closest if found[one.name]))
    hint = _suggest_spelling(account, spec, environ)
    return f"{missing} not set, though {given} is: set it, or unset the other{hint}"


def _suggest_spelling(account: Account, spec: NetworkSpec, environ: Mapping[str, str]) -> str:
    variables = (one for variant in spec.variants for one in variant)
    known = tuple(f"{account.env_prefix}_{one.name}" for one in variables)
    for name in environ:
        own = name.removesuffix("_FILE")
        if own not in known:
            is_ours = own.startswith(f"{account.env_prefix}_")
            near = get_close_matches(own, known, 1, 0.6 if is_ours else _MIN_LIKENESS)
            if near:
                return f" ({name} is not a setting; did you mean {near[0]}?)"
    return ""


def _join_names(account: Account, variables: Iterable[Variable]) -> str:
    return " and ".join(f"{account.env_prefix}_{one.name}" for one in variables)


def _required_variables(variant: Iterable[Variable]) -> list[Variable]:
    return [v for v in variant if v.required and not v.default]


def _missing_variables(variant: Iterable[Variable], found: Mapping[str, str]) -> list[Variable]:
    return [v for v in _required_variables(variant) if not found[v.name]]


def find_option_mistakes(account: Account, spec: NetworkSpec) -> list[Mistake]:
    """What is wrong with the account's options in schedule.yaml."""
    options = {option.name: option for option in spec.options}
    wrong = []
    for name, value in account.options:
        problem = ""
        if name not in options:
            hint = suggest_choice(name, tuple(options)) if options else "it has none"
            problem = f"is unknown to {spec.name}; {hint}"
        elif options[name].choices and value not in options[name].choices:
            problem = f"cannot be {value!r}; {suggest_choice(value, options[name].choices)}"
        if problem:
            text = f"account {account.name}: option {name!r} {problem}"
            wrong.append(make_mistake(account, "option", text, key=f"options.{name}"))
    return wrong or _check_options_by_network(account, spec)


def _check_options_by_network(account: Account, spec: NetworkSpec) -> list[Mistake]:
    """What the network itself finds wrong with options that have known names."""
    try:
        if spec.read_options is not None:
            spec.read_options(account)
    except ConfigurationError as error:
        return list(error.mistakes)
    return []


def make_mistake(account: Account, code: str, text: str, key: str = "") -> Mistake:
    """A mistake at the account's `key` in schedule.yaml, or in the environment."""
    return Mistake(account.locate_key(key) or SourceLocation("environment"), code, text)
