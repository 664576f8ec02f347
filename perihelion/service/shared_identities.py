"""Accounts of one network that are one identity there, so that each post appears twice on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from perihelion.networks import loader

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from perihelion.model.accounts import Account
    from perihelion.networks.base import Identity
    from perihelion.service.enabled_accounts import EnabledAccount


@dataclass(frozen=True, slots=True)
class SharedIdentity:
    """Several accounts that are one; `evidence` says how that is known, without secrets."""

    accounts: tuple[Account, ...]
    evidence: str

    @property
    def names(self) -> str:
        """The names of the accounts, for a person."""
        return ", ".join(account.name for account in self.accounts)

    @property
    def repeats_posts(self) -> bool:
        """Whether two of them say the same; in different languages, that is the intention."""
        return any(one.language == two.language for one, two in combinations(self.accounts, 2))

    @property
    def text(self) -> str:
        """What is the matter, and what to do."""
        if not self.repeats_posts:
            return f"{self.evidence}; each posts in its own language"
        return (
            f"{self.evidence}, so each post appears there twice: give each account variables of "
            "its own, remove one, or give each another language"
        )


def find_shared_credentials(enabled: Iterable[EnabledAccount]) -> list[SharedIdentity]:
    """The accounts that have the same credentials and post to the same place."""
    found = [(one.account, _make_credentials_key(one)) for one in enabled if one.secret_values]
    return _group_accounts(found, "they have the same credentials")


def find_shared_identities(
    checked: Sequence[tuple[EnabledAccount, Identity | None]],
) -> list[SharedIdentity]:
    """As `find_shared_credentials`, and the accounts that are one by what `check` found."""
    found = [
        (one.account, (one.account.network, _list_places(one.account), who.handle, who.url))
        for one, who in checked
        if who is not None
    ]
    by_identity = _group_accounts(found, "the network says that they are one identity")
    by_credentials = find_shared_credentials(one for one, _who in checked)
    return list({one.names: one for one in (*by_identity, *by_credentials)}.values())


def _make_credentials_key(enabled: EnabledAccount) -> Hashable:
    """What two accounts must have in common; it holds secrets, and is only compared."""
    values = {
        name: value.reveal().strip().rstrip("/") for name, value in sorted(enabled.values.items())
    }
    return (enabled.account.network, _list_places(enabled.account), tuple(values.items()))


def _list_places(account: Account) -> tuple[str, ...]:
    """The options that say where on the network an account posts, such as a thread."""
    options = loader.load_spec(account.network).options
    return tuple(account.get_option(option.name) for option in options if option.names_place)


def _group_accounts(
    found: Iterable[tuple[Account, Hashable]], evidence: str
) -> list[SharedIdentity]:
    groups: dict[Hashable, list[Account]] = {}
    for account, key in found:
        groups.setdefault(key, []).append(account)
    return [SharedIdentity(tuple(group), evidence) for group in groups.values() if len(group) > 1]
