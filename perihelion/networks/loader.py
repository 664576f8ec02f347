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
from perihelion.networks.shared.addresses import address_problem
from perihelion.networks.shared.addresses import is_loopback as is_loopback_host
from perihelion.schedule.suggestions import find_closest_match, suggest_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from perihelion.model.accounts import Account
    from perihelion.networks.base import Dialogue, Variable

BUILT_IN = ("local", "mastodon", "bluesky", "nostr", "telegram", "threads", "discord", "x")
"""Packages beside this module; the SPEC is in `adapter`, which is imported when it is asked for."""
GROUP = "perihelion.networks"


def names() -> tuple[str, ...]:
    """Every network's name, the built-in ones first."""
    return (*BUILT_IN, *sorted(set(_found()) - set(BUILT_IN)))


def usable() -> tuple[str, ...]:
    """Those of `names` that can be loaded."""
    return tuple(name for name in names() if _loads(name))


def _loads(name: str) -> bool:
    try:
        spec(name)
    except ConfigurationError:
        return False
    return True


@lru_cache
def spec(name: str) -> NetworkSpec:
    """What there is to know about a network. Raises KeyError where there is none of that name.

    Raises ConfigurationError where another package adds it and it cannot be loaded.
    """
    if name in BUILT_IN:
        built_in: NetworkSpec = import_module(f"perihelion.networks.{name}.adapter").SPEC
        return built_in
    return _added(name, _found()[name])


def sign_in(name: str) -> Callable[[Dialogue], Mapping[str, str]] | None:
    """The function that gets an account's values from a person, by name without prefix; or None.

    Raises TypeError where the network names one that is not there.
    """
    module, _, function = spec(name).login.partition(":")
    if not module:
        return None
    found = getattr(import_module(module), function, None)
    if not callable(found):
        raise TypeError(f"{name}: there is no function {function!r} in {module}")
    flow: Callable[[Dialogue], Mapping[str, str]] = found
    return flow


def suggestion(name: str) -> str:
    """The end of a sentence about an unknown network: the probable one, or all."""
    return f"; {suggest_choice(name, names())}"


def is_loopback(address: str) -> bool:
    """Whether every server in `address` (URLs, by commas or spaces apart) is this machine."""
    urls = [one for one in re.split(r"[\s,]+", address) if one]
    return bool(urls) and all(map(_is_here, urls))


def resolve(
    account: Account,
    environ: Mapping[str, str],
    read: Callable[[str], str] = lambda file: Path(file).read_text("utf-8"),
) -> tuple[Mapping[str, Secret] | None, list[Mistake]]:
    """The values of the account's variables, without prefix; or None, if it is off or wrong.

    It is off with no variable set, on with all of one variant's set, wrong between the two. A
    secret may stand in a file that NAME_FILE gives; `read` reads it.
    """
    if account.network not in names():
        text = f"there is no network {account.network!r}{suggestion(account.network)}"
        return None, [_mistake(account, "network", text, key="network")]
    try:
        known = spec(account.network)
    except ConfigurationError as error:
        return None, [_mistake(account, m.code, m.message, key="network") for m in error.mistakes]
    mistakes = _option_mistakes(account, known)
    values = _Values(account, environ, read)
    chosen = values.choose(known)
    mistakes += values.mistakes
    return (None if mistakes else chosen), mistakes


class _Values:
    """An account's variables in one environment, and what is wrong with them."""

    def __init__(
        self, account: Account, environ: Mapping[str, str], read: Callable[[str], str]
    ) -> None:
        self._account, self._environ, self._read = account, environ, read
        self.mistakes: list[Mistake] = []

    def choose(self, known: NetworkSpec) -> dict[str, Secret] | None:
        """The values of the variant that is set; None, with or without a mistake."""
        every = {v.name: v for variant in known.variants for v in variant}
        found = {name: self._value(v) for name, v in every.items()}
        full = [v for v in known.variants if not _missing(v, found)]
        if not any(found.values()) and any(known.variants):
            return None
        if not full:
            self._incomplete(known, found)
            return None
        chosen = {v.name: Secret(found[v.name] or v.default) for v in full[0]}
        beside = [v for name, v in every.items() if found[name] and name not in chosen]
        if beside:
            ways = f"{self._names(_needed(full[0]))} or {self._names(beside)}"
            self._wrong(f"set either {ways}, not both")
        return chosen

    def _incomplete(self, known: NetworkSpec, found: Mapping[str, str]) -> None:
        nearly = max(known.variants, key=lambda v: sum(bool(found[one.name]) for one in v))
        missing = self._names(_missing(nearly, found))
        given = self._names(v for v in nearly if found[v.name])
        hint = self._misspelt(known)
        self._wrong(f"{missing} not set, though {given} is: set it, or unset the other{hint}")

    def _misspelt(self, known: NetworkSpec) -> str:
        every = tuple(self._name(v) for variant in known.variants for v in variant)
        for name in self._environ:
            own = name.removesuffix("_FILE")
            if own.startswith(f"{self._account.env_prefix}_") and own not in every:
                near = find_closest_match(own, every)
                if near:
                    return f" ({name} is no setting; did you mean {near}?)"
        return ""

    def _value(self, variable: Variable) -> str:
        name = self._name(variable)
        text = self._environ.get(name, "").strip()
        file = self._environ.get(f"{name}_FILE", "").strip() if variable.secret else ""
        if text and file:
            self._wrong(f"set {name} or {name}_FILE, not both")
        elif file:
            text = self._content(name, file)
        problem = address_problem(text) if text and variable.name == "URL" else ""
        if problem:
            self._wrong(f"{name} {problem}")
        return text

    def _content(self, name: str, file: str) -> str:
        try:
            text = self._read(file).strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            self._wrong(f"{name}_FILE: cannot read {file}: {reason}")
            return ""
        if not text:
            self._wrong(f"{name}_FILE: {file} is empty")
        return text

    def _names(self, variables: Iterable[Variable]) -> str:
        return " and ".join(map(self._name, variables))

    def _name(self, variable: Variable) -> str:
        return f"{self._account.env_prefix}_{variable.name}"

    def _wrong(self, message: str) -> None:
        text = f"account {self._account.name}: {message}"
        self.mistakes.append(_mistake(self._account, "credentials", text))


def _needed(variant: Iterable[Variable]) -> list[Variable]:
    return [v for v in variant if v.required and not v.default]


def _missing(variant: Iterable[Variable], found: Mapping[str, str]) -> list[Variable]:
    return [v for v in _needed(variant) if not found[v.name]]


def _option_mistakes(account: Account, known: NetworkSpec) -> list[Mistake]:
    options = {option.name: option for option in known.options}
    wrong = []
    for name, value in account.options:
        problem = ""
        if name not in options:
            hint = suggest_choice(name, tuple(options)) if options else "it has none"
            problem = f"is unknown to {known.name}; {hint}"
        elif options[name].choices and value not in options[name].choices:
            problem = f"cannot be {value!r}; {suggest_choice(value, options[name].choices)}"
        if problem:
            text = f"account {account.name}: option {name!r} {problem}"
            wrong.append(_mistake(account, "option", text, key=f"options.{name}"))
    return wrong or _misread(account, known)


def _misread(account: Account, known: NetworkSpec) -> list[Mistake]:
    """What the network itself finds wrong with options that are all known."""
    try:
        if known.read_options is not None:
            known.read_options(account)
    except ConfigurationError as error:
        return list(error.mistakes)
    return []


def _mistake(account: Account, code: str, text: str, key: str = "") -> Mistake:
    return Mistake(account.locate_key(key) or SourceLocation("environment"), code, text)


@lru_cache
def _found() -> dict[str, Callable[[], object]]:
    """What third parties have added, by name; each is imported when it is asked for."""
    return {entry.name: entry.load for entry in entry_points(group=GROUP)}


def _added(name: str, load: Callable[[], object]) -> NetworkSpec:
    """The spec that another package's entry point names. Raises ConfigurationError."""
    try:
        found = load()
    except Exception as error:  # noqa: BLE001 - importing it runs somebody else's code
        problem = f"its package cannot be loaded ({type(error).__name__}: {error})"
    else:
        if isinstance(found, NetworkSpec) and found.name == name:
            return found
        problem = f"its package must name a NetworkSpec called {name!r} in {GROUP}"
    text = f"network {name!r}: {problem}; mend that package, or uninstall it"
    raise ConfigurationError([Mistake(SourceLocation("environment"), "network", text)])


def _is_here(url: str) -> bool:
    try:
        return is_loopback_host(urlsplit(url).hostname or "")
    except ValueError:
        return False
