"""What goes into the ledger and comes out of it: frozen values, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from perihelion.model.deliveries import DURING_PAUSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from perihelion.model.deliveries import Delivery, DeliveryKey, State
    from perihelion.model.posts import Post, Receipt


class Action(StrEnum):
    """What a claim entitles its worker to do, exactly once."""

    SEND = "send"
    """Publish for the first time, or again after a failure that surely left no post."""
    RESEND = "resend"
    """Publish the same bytes with the same token again: the network's key refuses a double."""
    FIND = "find"
    """Only look: the post may be there already."""


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What a worker wants to claim: at most `limit` deliveries, one for each of `accounts`.

    `now` is the almanac's instant and `wall` the machine's (UTC both); they differ in rehearsals
    only.
    """

    now: datetime
    wall: datetime
    accounts: tuple[str, ...]
    limit: int


@dataclass(frozen=True, slots=True)
class ReadyDelivery:
    """A delivery that may be claimed, with its `row` and its account's as they were read.

    It is claimed only if the ledger still holds the same row.
    """

    delivery: Delivery
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to carry out `action` on a delivery, valid under `fence`.

    `account_reason` is why the account was last paused or stopped; empty since its last success.

    No request may leave at or after `until` (UTC, by the worker's own clock): the lease is over.
    """

    delivery: Delivery
    action: Action
    fence: int
    lease_until: datetime | None = None
    account_reason: str = ""


@dataclass(frozen=True, slots=True)
class ClaimPrepared:
    """A delivery that may be acted on: the exact `post` to keep before anything leaves."""

    post: Post
    action: Action = Action.SEND


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """A delivery that is not sent now: the state it goes to, why, and when to look again."""

    state: State
    reason: str
    ready_at: datetime | None = None


PreparedClaim = tuple[ReadyDelivery, ClaimPrepared | ClaimRefused]
"""A delivery that was read as ready, and what the worker wants to do with it."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The result of a claim, to be written under its fence.

    `ready_at` says when to look again (waiting, unknown). `resume_at`, `credentials_refused` and
    `account_reason` change the account: a pause, or credentials that were refused (True) or have
    proved good (False).
    """

    key: DeliveryKey
    fence: int
    state: State
    reason: str = ""
    receipt: Receipt | None = None
    ready_at: datetime | None = None
    resume_at: datetime | None = None
    credentials_refused: bool | None = None
    account_reason: str = ""
    absences: int | None = None
    """How often it has been looked up in vain by now; None: as before."""


Result = tuple[Claim, Settlement]
"""A claim that was carried out, and what came of it."""


@dataclass(frozen=True, slots=True)
class ExchangeOutcome:
    """What one exchange has written, and what it has refused."""

    stale: Sequence[Settlement] = ()
    """Results that came under an old fence, and were not written."""
    claims: Sequence[Claim] = ()
    refused: Sequence[tuple[Delivery, ClaimRefused]] = ()
    """Deliveries whose refusal was written."""
    should_read_again: bool = False
    """Something that was read as ready was not claimed, so that something else may be ready."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """What the ledger knows of an account. `planned_until` is None before the first plan."""

    name: str
    network: str
    known_since: datetime
    planned_until: datetime | None = None
    holder: str | None = None
    resume_at: datetime | None = None
    credentials_refused: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One line of a delivery's history."""

    key: str
    at: datetime
    worker: str
    before: State | None
    after: State
    reason: str


@dataclass(frozen=True, slots=True)
class SentTimes:
    """When a delivery was due and was sent, and when the claim began that sent it.

    `claimed_at` is None where no answer said so: a look-up or a person did.
    """

    account: str
    due_at: datetime
    claimed_at: datetime | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker, as its heartbeats tell."""

    id: str
    version: str
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownPromise:
    """What the planner needs to know of a delivery that is in the ledger already."""

    state: State
    day: date
    """The observed day for which it was promised."""
    attempts: int = 0
    doubt: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which a person wants no post on `account`; None: on none of the accounts.

    It begins at `begins_at` and ends before `ends_at` (UTC); None: until a person ends it.
    """

    account: str | None
    begins_at: datetime
    ends_at: datetime | None = None

    def lasts(self, instant: datetime) -> bool:
        """Whether it is in effect at `instant`."""
        return self.begins_at <= instant and (self.ends_at is None or instant < self.ends_at)

    def covers(self, account: str, due_at: datetime) -> bool:
        """Whether a post of `account` that is due at `due_at` is left out."""
        return self.account in {None, account} and self.lasts(due_at)

    @property
    def reason(self) -> str:
        """Why a post that is due meanwhile is left out."""
        return f"{DURING_PAUSE} (from {self.begins_at:%Y-%m-%d %H:%M} UTC on)"


@dataclass(frozen=True, slots=True)
class AlreadyPromised:
    """What is already promised for an account, as the planner sees it within its transaction."""

    account: AccountView
    known: dict[str, KnownPromise]
    """By key: each candidate that is in the ledger already."""
    cap_used: int
    """How many deliveries already count against the cap of the day of planning."""
    pauses: Sequence[Pause] = ()
    """When posting on the account was paused."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the planner asks for: an account, the instant it plans at, and its local date."""

    account: str
    network: str
    now: datetime
    today: date
