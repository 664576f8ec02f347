"""Finding an account's variables in the environment, and the mistakes in variables and options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import Secret
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.schedule.suggestions import find_closest_match, suggest_choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perihelion.model.accounts import Account
    from perihelion.networks.base import NetworkSpec, Variable


def read_secret(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """A secret's value, from its variable or the file that NAME_FILE names; and what is wrong.

    Both are empty if the secret is not set.
    """
    text, file = (environ.get(one, "").strip() for one in (name, f"{name}_FILE"))
    if text and file:
        return text, f"set {name} or {name}_FILE, not both"
    if not file:
        return text, ""
    try:
        text = Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        return "", f"{name}_FILE: cannot read {file}: {reason}"
    return text, "" if text else f"{name}_FILE: {file} is empty"


class VariableReader:
    """Reads an account's variables in one environment, and collects what is wrong with them."""

    def __init__(self, account: Account, environ: Mapping[str, str]) -> None:
        self._account, self._environ = account, environ
        self.mistakes: list[Mistake] = []

    def choose_variant(self, spec: NetworkSpec) -> dict[str, Secret] | None:
        """The values of the variant that is set, by name; None without one, or with mistakes."""
        every = {v.name: v for variant in spec.variants for v in variant}
        found = {name: self._read_variable(v) for name, v in every.items()}
        full = [v for v in spec.variants if not _missing_variables(v, found)]
        if not any(found.values()) and any(spec.variants):
            return None
        if not full:
            self._report_incomplete(spec, found)
            return None
        chosen = {v.name: Secret(found[v.name] or v.default) for v in full[0]}
        extra = [v for name, v in every.items() if found[name] and name not in chosen]
        if extra:
            required = self._join_full_names(_required_variables(full[0]))
            ways = f"{required} or {self._join_full_names(extra)}"
            self._add_mistake(f"set either {ways}, not both")
        return chosen

    def _report_incomplete(self, spec: NetworkSpec, found: Mapping[str, str]) -> None:
        closest = max(spec.variants, key=lambda v: sum(bool(found[one.name]) for one in v))
        missing = self._join_full_names(_missing_variables(closest, found))
        given = self._join_full_names(v for v in closest if found[v.name])
        hint = self._suggest_spelling(spec)
        self._add_mistake(f"{missing} not set, though {given} is: set it, or unset the other{hint}")

    def _suggest_spelling(self, spec: NetworkSpec) -> str:
        every = tuple(self._full_name(v) for variant in spec.variants for v in variant)
        for name in self._environ:
            own = name.removesuffix("_FILE")
            if own.startswith(f"{self._account.env_prefix}_") and own not in every:
                near = find_closest_match(own, every)
                if near:
                    return f" ({name} is not a setting; did you mean {near}?)"
        return ""

    def _read_variable(self, variable: Variable) -> str:
        name = self._full_name(variable)
        if variable.secret:
            text, problem = read_secret(name, self._environ)
        else:
            text, problem = self._environ.get(name, "").strip(), ""
        if not problem and text and variable.name == "URL":
            wrong = find_address_problem(text)
            problem = f"{name} {wrong}" if wrong else ""
        if problem:
            self._add_mistake(problem)
        return text

    def _join_full_names(self, variables: Iterable[Variable]) -> str:
        return " and ".join(map(self._full_name, variables))

    def _full_name(self, variable: Variable) -> str:
        return f"{self._account.env_prefix}_{variable.name}"

    def _add_mistake(self, message: str) -> None:
        text = f"account {self._account.name}: {message}"
        self.mistakes.append(make_mistake(self._account, "credentials", text))


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
