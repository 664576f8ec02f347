"""Which networks there are, and which of an account's variables are set.

The built-in ones are listed here; a third party adds its own by an entry point in the group
`perihelion.networks`, which names a NetworkSpec.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import NetworkSpec, Secret
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.networks.shared.addresses import is_loopback as is_loopback_host
from perihelion.schedule.suggestions import find_closest_match, suggest_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from perihelion.model.accounts import Account
    from perihelion.networks.base import Dialogue, Variable

BUILT_IN_NETWORKS = ("local", "mastodon", "bluesky", "nostr", "telegram", "threads", "discord", "x")
"""Packages beside this module; the SPEC is in `adapter`, which is imported when it is asked for."""
ENTRY_POINT_GROUP = "perihelion.networks"


def network_names() -> tuple[str, ...]:
    """Every network's name, the built-in ones first."""
    return (*BUILT_IN_NETWORKS, *sorted(set(_find_entry_points()) - set(BUILT_IN_NETWORKS)))


def usable_networks() -> tuple[str, ...]:
    """Those of `names` that can be loaded."""
    return tuple(name for name in network_names() if _is_loadable(name))


def _is_loadable(name: str) -> bool:
    try:
        load_spec(name)
    except ConfigurationError:
        return False
    return True


@lru_cache
def load_spec(name: str) -> NetworkSpec:
    """What there is to know about a network. Raises KeyError where there is none of that name.

    Raises ConfigurationError where another package adds it and it cannot be loaded.
    """
    if name in BUILT_IN_NETWORKS:
        built_in: NetworkSpec = import_module(f"perihelion.networks.{name}.adapter").SPEC
        return built_in
    return _load_third_party_spec(name, _find_entry_points()[name])


def load_sign_in(name: str) -> Callable[[Dialogue], Mapping[str, str]] | None:
    """The function that gets an account's values from a person, by name without prefix; or None.

    Raises TypeError where the network names one that is not there.
    """
    module, _, function = load_spec(name).login.partition(":")
    if not module:
        return None
    found = getattr(import_module(module), function, None)
    if not callable(found):
        raise TypeError(f"{name}: there is no function {function!r} in {module}")
    flow: Callable[[Dialogue], Mapping[str, str]] = found
    return flow


def suggest_network(name: str) -> str:
    """The end of a sentence about an unknown network: the probable one, or all."""
    return f"; {suggest_choice(name, network_names())}"


def is_loopback_only(address: str) -> bool:
    """Whether every server in `address` (URLs, by commas or spaces apart) is this machine."""
    urls = [one for one in re.split(r"[\s,]+", address) if one]
    return bool(urls) and all(map(_is_local_url, urls))


def read_credentials(
    account: Account, environ: Mapping[str, str]
) -> tuple[Mapping[str, Secret] | None, list[Mistake]]:
    """The values of the account's variables, without prefix; or None, if it is off or wrong.

    It is off with no variable set, on with all of one variant's set, wrong between the two. A
    secret may also be in the file that NAME_FILE names.
    """
    if account.network not in network_names():
        text = f"there is no network {account.network!r}{suggest_network(account.network)}"
        return None, [_make_mistake(account, "network", text, key="network")]
    try:
        spec = load_spec(account.network)
    except ConfigurationError as error:
        return None, [
            _make_mistake(account, m.code, m.message, key="network") for m in error.mistakes
        ]
    mistakes = _find_option_mistakes(account, spec)
    values = _VariableReader(account, environ)
    chosen = values.choose_variant(spec)
    mistakes += values.mistakes
    return (None if mistakes else chosen), mistakes


def read_secret(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """A secret's value, from its variable or the file that NAME_FILE names; and what is wrong.

    Both are empty where the secret is not set.
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


class _VariableReader:
    """An account's variables in one environment, and what is wrong with them."""

    def __init__(self, account: Account, environ: Mapping[str, str]) -> None:
        self._account, self._environ = account, environ
        self.mistakes: list[Mistake] = []

    def choose_variant(self, spec: NetworkSpec) -> dict[str, Secret] | None:
        """The values of the variant that is set; None, with or without a mistake."""
        every = {v.name: v for variant in spec.variants for v in variant}
        found = {name: self._read_variable(v) for name, v in every.items()}
        full = [v for v in spec.variants if not _missing_variables(v, found)]
        if not any(found.values()) and any(spec.variants):
            return None
        if not full:
            self._report_incomplete(spec, found)
            return None
        chosen = {v.name: Secret(found[v.name] or v.default) for v in full[0]}
        beside = [v for name, v in every.items() if found[name] and name not in chosen]
        if beside:
            required = self._join_full_names(_required_variables(full[0]))
            ways = f"{required} or {self._join_full_names(beside)}"
            self._add_mistake(f"set either {ways}, not both")
        return chosen

    def _report_incomplete(self, spec: NetworkSpec, found: Mapping[str, str]) -> None:
        nearly = max(spec.variants, key=lambda v: sum(bool(found[one.name]) for one in v))
        missing = self._join_full_names(_missing_variables(nearly, found))
        given = self._join_full_names(v for v in nearly if found[v.name])
        hint = self._suggest_spelling(spec)
        self._add_mistake(f"{missing} not set, though {given} is: set it, or unset the other{hint}")

    def _suggest_spelling(self, spec: NetworkSpec) -> str:
        every = tuple(self._full_name(v) for variant in spec.variants for v in variant)
        for name in self._environ:
            own = name.removesuffix("_FILE")
            if own.startswith(f"{self._account.env_prefix}_") and own not in every:
                near = find_closest_match(own, every)
                if near:
                    return f" ({name} is no setting; did you mean {near}?)"
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
        self.mistakes.append(_make_mistake(self._account, "credentials", text))


def _required_variables(variant: Iterable[Variable]) -> list[Variable]:
    return [v for v in variant if v.required and not v.default]


def _missing_variables(variant: Iterable[Variable], found: Mapping[str, str]) -> list[Variable]:
    return [v for v in _required_variables(variant) if not found[v.name]]


def _find_option_mistakes(account: Account, spec: NetworkSpec) -> list[Mistake]:
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
            wrong.append(_make_mistake(account, "option", text, key=f"options.{name}"))
    return wrong or _check_options_by_network(account, spec)


def _check_options_by_network(account: Account, spec: NetworkSpec) -> list[Mistake]:
    """What the network itself finds wrong with options that are all known."""
    try:
        if spec.read_options is not None:
            spec.read_options(account)
    except ConfigurationError as error:
        return list(error.mistakes)
    return []


def _make_mistake(account: Account, code: str, text: str, key: str = "") -> Mistake:
    return Mistake(account.locate_key(key) or SourceLocation("environment"), code, text)


@lru_cache
def _find_entry_points() -> dict[str, Callable[[], object]]:
    """What third parties have added, by name; each is imported when it is asked for."""
    return {entry.name: entry.load for entry in entry_points(group=ENTRY_POINT_GROUP)}


def _load_third_party_spec(name: str, load: Callable[[], object]) -> NetworkSpec:
    """The spec that another package's entry point names. Raises ConfigurationError."""
    try:
        found = load()
    except Exception as error:  # noqa: BLE001 - importing it runs somebody else's code
        problem = f"its package cannot be loaded ({type(error).__name__}: {error})"
    else:
        if isinstance(found, NetworkSpec) and found.name == name:
            return found
        problem = f"its package must name a NetworkSpec called {name!r} in {ENTRY_POINT_GROUP}"
    text = f"network {name!r}: {problem}; mend that package, or uninstall it"
    raise ConfigurationError([Mistake(SourceLocation("environment"), "network", text)])


def _is_local_url(url: str) -> bool:
    try:
        return is_loopback_host(urlsplit(url).hostname or "")
    except ValueError:
        return False
