"""Which accounts are on: those whose variables are set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.networks import loader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Schedule
    from perihelion.model.source_location import Mistake
    from perihelion.networks.base import Secret


@dataclass(frozen=True, slots=True)
class EnabledAccount:
    """An account that is on, with the values of its variables."""

    account: Account
    values: Mapping[str, Secret]

    @property
    def is_loopback(self) -> bool:
        """Whether it posts to this machine only, so that a rehearsal is harmless."""
        values = (value.reveal() for value in self.values.values())
        addresses = [value for value in values if "://" in value]
        return self.account.network == "local" or loader.is_loopback_only(" ".join(addresses))

    @property
    def secret_values(self) -> frozenset[str]:
        """The values of its secret variables, which no log and no message may show."""
        variants = loader.load_spec(self.account.network).variants
        secret = {variable.name for variant in variants for variable in variant if variable.secret}
        return frozenset(v.reveal() for name, v in self.values.items() if name in secret)


def resolve_accounts(
    schedule: Schedule, environ: Mapping[str, str], only: str | None = None
) -> tuple[tuple[EnabledAccount, ...], tuple[Account, ...], list[Mistake]]:
    """The accounts that are on, those that are off, and the mistakes of the others.

    Also those about networks that events name in `mentions`. `only` names the account whose
    mistakes matter, if there is one.
    """
    on: list[EnabledAccount] = []
    off: list[Account] = []
    mistakes: list[Mistake] = []
    for account in schedule.accounts:
        values, wrong = loader.read_credentials(account, environ)
        mistakes += wrong if only in {None, account.name} else []
        if values is not None:
            on.append(EnabledAccount(account, values))
        elif not wrong:
            off.append(account)
    if not on and not mistakes:
        on = [EnabledAccount(schedule.local_account, {})]
    mistakes += loader.find_mention_mistakes(schedule.events)
    return tuple(on), tuple(off), mistakes
