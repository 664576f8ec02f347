"""Which networks there are, and the credentials of an account on one of them.

The built-in ones are listed here. Another package adds its own with an entry point in the group
`perihelion.networks`, which names a NetworkSpec.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import NetworkSpec
from perihelion.networks.shared.addresses import is_loopback as is_loopback_host
from perihelion.networks.shared.credentials import (
    choose_variant,
    find_option_mistakes,
    make_mistake,
)
from perihelion.networks.shared.deferred_import import import_function
from perihelion.schedule.suggestions import suggest_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.missions import Event, Mention
    from perihelion.model.posts import Limits
    from perihelion.networks.base import Secret
    from perihelion.networks.shared.sign_in_steps import Dialogue

BUILT_IN_NETWORKS = ("local", "mastodon", "bluesky", "nostr", "telegram", "threads", "discord", "x")
"""Packages beside this module; each has its SPEC in `spec`, which names the adapter."""
ENTRY_POINT_GROUP = "perihelion.networks"
_OTHER_NAMES = {"bsky": "bluesky", "fediverse": "mastodon", "twitter": "x"}
"""What people call some networks."""


def network_names() -> tuple[str, ...]:
    """Every network's name, the built-in ones first."""
    return (*BUILT_IN_NETWORKS, *sorted(set(_find_entry_points()) - set(BUILT_IN_NETWORKS)))


def usable_networks() -> tuple[str, ...]:
    """The names of the networks that can be loaded."""
    return tuple(name for name in network_names() if _is_loadable(name))


def _is_loadable(name: str) -> bool:
    try:
        load_spec(name)
    except ConfigurationError:
        return False
    return True


def paid_networks() -> tuple[str, ...]:
    """The names of the networks whose posts cost money."""
    return tuple(name for name in usable_networks() if load_spec(name).is_paid)


@lru_cache
def load_spec(name: str) -> NetworkSpec:
    """The spec of a network. Raises KeyError if there is none with that name.

    Raises ConfigurationError if another package adds it and cannot be loaded.
    """
    if name in BUILT_IN_NETWORKS:
        built_in: NetworkSpec = import_module(f"perihelion.networks.{name}.spec").SPEC
        return built_in
    return _load_third_party_spec(name, _find_entry_points()[name])


def get_usual_limits(account: Account) -> Limits:
    """The limits for an account, unless its server has others. Raises as `load_spec` does."""
    return load_spec(account.network).limits_for(account)


def can_post(due: DueAnniversary) -> bool:
    """Whether the account's network takes it: the next part of a story is a reply."""
    return due.anniversary.part == 1 or get_usual_limits(due.account).replies


def load_sign_in(name: str) -> Callable[[Dialogue], Mapping[str, str]] | None:
    """A network's sign-in, which gives an account's variables by name without prefix; or None.

    Raises TypeError if the network names a function that does not exist.
    """
    path = load_spec(name).login
    return import_function(path) if path else None


def suggest_network(name: str) -> str:
    """The end of a sentence about an unknown network: the one probably meant, or all of them."""
    meant = _OTHER_NAMES.get(name)
    return f"; did you mean `{meant}`?" if meant else f"; {suggest_choice(name, network_names())}"


def is_loopback_only(address: str) -> bool:
    """Whether every server in `address` (URLs, separated by commas or spaces) is this machine."""
    urls = [one for one in re.split(r"[\s,]+", address) if one]
    return bool(urls) and all(map(_is_local_url, urls))


def read_credentials(
    account: Account, environ: Mapping[str, str]
) -> tuple[Mapping[str, Secret] | None, list[Mistake]]:
    """The values of the account's variables, by name without prefix, and what is wrong with them.

    The values are None if no variable is set, which turns the account off, or if there are
    mistakes. A secret may be in a file whose path is in NAME_FILE.
    """
    if not _is_network(account.network):
        text = f"there is no network {account.network!r}{suggest_network(account.network)}"
        return None, [make_mistake(account, "network", text, key="network")]
    try:
        spec = load_spec(account.network)
    except ConfigurationError as error:
        found = error.mistakes
        return None, [make_mistake(account, m.code, m.message, key="network") for m in found]
    values, wrong = choose_variant(account, spec, environ)
    mistakes = find_option_mistakes(account, spec) + wrong
    return (None if mistakes else values), mistakes


def find_mention_mistakes(events: Iterable[Event]) -> list[Mistake]:
    """What is wrong with the networks and the handles that the events' `mentions` name."""
    return [
        Mistake(
            one.location or SourceLocation("schedule"),
            "bad-mention",
            f"{event.full_id}: {problem}",
        )
        for event in events
        for one in event.mentions
        for problem in _find_mention_problems(one)
    ]


def _find_mention_problems(mention: Mention) -> Iterator[str]:
    from perihelion.compose.mentions import (  # noqa: PLC0415 - few schedules mention anyone
        find_handle_problem,
    )

    name = mention.network
    if not _is_network(name):
        yield f"there is no network {name!r}{suggest_network(name)}"
    elif _is_loadable(name):
        syntax = load_spec(name).limits.mentions
        for handle in mention.handles:
            if problem := find_handle_problem(handle, syntax):
                yield f"{handle} cannot be mentioned on {name}: {problem}"


def _is_network(name: str) -> bool:
    """Whether there is such a network; other packages are asked only about names not ours."""
    return name in BUILT_IN_NETWORKS or name in _find_entry_points()


@lru_cache
def _find_entry_points() -> dict[str, Callable[[], object]]:
    """The networks of other packages, by name; each is imported when needed."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and few have other networks

    return {entry.name: entry.load for entry in entry_points(group=ENTRY_POINT_GROUP)}


def _load_third_party_spec(name: str, load: Callable[[], object]) -> NetworkSpec:
    """The spec that another package's entry point names. Raises ConfigurationError."""
    try:
        found = load()
    except Exception as error:  # noqa: BLE001 - the import runs the other package's code
        problem = f"its package cannot be loaded ({type(error).__name__}: {error})"
    else:
        if isinstance(found, NetworkSpec) and found.name == name:
            return found
        problem = f"its package must provide a NetworkSpec called {name!r} in {ENTRY_POINT_GROUP}"
    text = f"network {name!r}: {problem}; fix that package or uninstall it"
    raise ConfigurationError([Mistake(SourceLocation("environment"), "network", text)])


def _is_local_url(url: str) -> bool:
    try:
        return is_loopback_host(urlsplit(url).hostname or "")
    except ValueError:
        return False
