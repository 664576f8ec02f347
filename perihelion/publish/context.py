"""What publishing needs to know: the schedule, the accounts and their networks, the time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from perihelion.almanac.calendar import Calendar
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.deliveries import Delivery
    from perihelion.model.posts import Limits, Post
    from perihelion.networks.base import Dedupe, Network


class Clock(Protocol):
    """A source of time; every instant it returns is an aware UTC datetime."""

    def now(self) -> datetime:
        """The instant that decides what is due; during a rehearsal, the rehearsed one."""

    def real_now(self) -> datetime:
        """The machine's own instant, for what machines must agree on: leases and heartbeats."""

    def seconds_until(self, instant: datetime) -> float:
        """The real seconds to sleep until `now()` reaches `instant`; 0 if it has passed."""


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What an account's network allows and promises, as it has said itself."""

    limits: Limits
    dedupe: Dedupe
    credentials_restored: bool = False
    """The account was stopped because of its credentials, and they have just been accepted."""


class PostComposer(Protocol):
    """Makes the post of one anniversary for one account."""

    def __call__(
        self, anniversary: Anniversary, account: Account, limits: Limits, created_at: datetime
    ) -> Post:
        """The post. Raises CompositionError when there is none that fits."""


class AnniversaryFinder(Protocol):
    """Finds the anniversary that a delivery in the ledger is for."""

    def __call__(self, delivery: Delivery) -> Anniversary | None:
        """The anniversary as the schedule has it now; None if its event is gone."""


@dataclass(frozen=True, slots=True)
class PublishContext:
    """All that publishing needs besides the ledger and a clock; fixed while the schedule is."""

    calendar: Calendar
    accounts: dict[str, Account]
    networks: dict[str, Network]
    compose_post: PostComposer
    find_anniversary: AnniversaryFinder
    redact: Callable[[str], str] = str
    """Takes secrets out of what somebody else has said, before it is kept or logged."""

    def keep_accounts(self, names: Iterable[str], before: PublishContext) -> PublishContext:
        """This one, with the accounts `names` and their networks as they were `before`."""
        kept = list(names)
        return replace(
            self,
            accounts=self.accounts | {name: before.accounts[name] for name in kept},
            networks=self.networks | {name: before.networks[name] for name in kept},
        )
