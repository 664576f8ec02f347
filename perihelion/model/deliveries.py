"""The promise to make one post once: its key, its states and the legal transitions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from perihelion.model.anniversaries import LeftOut
from perihelion.model.approvals import AWAITS_APPROVAL
from perihelion.model.repairs import is_repair_reason
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from datetime import date, datetime

    from perihelion.model.posts import Post


class State(StrEnum):
    """The state of a delivery; `docs/how-it-works.md` describes each."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    MISSED = "missed"
    SKIPPED = "skipped"
    WAITING = "waiting"
    HELD = "held"


INITIAL_STATES = frozenset(set(State) - {State.SENDING, State.WAITING, State.REJECTED})
"""The states in which a delivery may enter the ledger."""

OPEN_STATES = frozenset({State.DUE, State.WAITING, State.UNKNOWN})
"""What a worker may claim once it is ready."""

IN_PROGRESS_STATES = frozenset({State.SENDING, State.UNKNOWN})
"""What the holder of an account may be working on, so that its own result is on the way."""

DOUBTFUL_STATES = frozenset({State.UNKNOWN, State.HELD})
"""A request may have left, and its outcome is not known."""

MAYBE_PUBLISHED_STATES = DOUBTFUL_STATES | {State.SENDING, State.SENT}
"""What may stand on the network."""

UNRESOLVABLE_STATES = OPEN_STATES | {State.SENDING, State.SENT}
"""What no person may decide: it goes on by itself, or was published."""

COUNTED_IN_CAP = frozenset(State) - {State.SKIPPED, State.MISSED, State.REJECTED}
"""What uses up a place of the daily cap."""

TRANSITIONS: dict[State, frozenset[State]] = {
    State.DUE: frozenset(set(State) - {State.DUE, State.REJECTED}),
    State.WAITING: frozenset(set(State) - {State.DUE, State.WAITING, State.REJECTED}),
    State.SENDING: frozenset(
        {State.SENT, State.REJECTED, State.UNKNOWN, State.WAITING, State.HELD, State.SKIPPED}
    ),
    State.UNKNOWN: frozenset({State.SENDING, State.SENT, State.WAITING, State.HELD, State.SKIPPED}),
    State.HELD: frozenset({State.DUE, State.UNKNOWN, State.WAITING, State.SKIPPED, State.SENT}),
    State.REJECTED: frozenset({State.DUE, State.UNKNOWN, State.WAITING, State.SKIPPED, State.SENT}),
    State.MISSED: frozenset({State.DUE, State.UNKNOWN, State.WAITING, State.SKIPPED, State.SENT}),
    State.SKIPPED: frozenset({State.DUE, State.UNKNOWN, State.WAITING, State.SENT}),
    State.SENT: frozenset(),
}
"""Every legal transition.

Only a person makes those out of held, by a decision or an approval. A verdict about a day
(rejected, missed, skipped, or held for want of an approval) is judged again when the day, the
schedule, the cap or the clock was corrected, as long as nothing was sent.
"""

OVER_DAILY_CAP = LeftOut.DAILY_CAP.value
"""How the reason of a delivery begins that the daily cap left out."""

DURING_PAUSE = "fell due while posting was paused"
"""How the reason of a delivery begins that fell due during a pause."""

RETRY_REASON = "a person asked for another try"
"""The reason of a delivery that a person has let go on."""

EVENT_IS_GONE = "its event is no longer in the schedule"
"""The reason of a delivery whose event was removed."""


@dataclass(frozen=True, slots=True, order=True)
class DeliveryKey:
    """What makes a delivery the same delivery.

    It holds neither text nor date, so that correcting a typo, a template or a date never posts
    again.
    """

    account: str
    event: str
    count: int
    unit: Unit = Unit.YEARS
    part: int = 1

    def __str__(self) -> str:
        return f"{self.account}:{self.event}:{self.count}-{self.unit}:{self.part}"

    @classmethod
    def parse(cls, text: str) -> DeliveryKey:
        """Read what `str` wrote. Raises ValueError on anything else."""
        account, event, counted, part = text.split(":")
        count, unit = counted.split("-", 1)
        return cls(account, event, int(count), Unit(unit), int(part))

    @property
    def uses_daily_cap(self) -> bool:
        """Whether it takes a place of the daily cap: a replay does not, nor a story's next part."""
        return self.unit is not Unit.REPLAY_YEARS and self.part == 1

    @property
    def token(self) -> str:
        """The idempotency token: 32 hexadecimal digits, always the same, on every machine."""
        return hashlib.sha256(f"perihelion {self}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """A delivery about to be promised: due, unknown, missed or skipped, with its `reason`."""

    key: DeliveryKey
    network: str
    day: date
    due_at: datetime
    late_until: datetime
    rank: int
    state: State = State.DUE
    reason: str = ""
    thread: str = ""
    look_up_after: timedelta = timedelta(0)
    """How long after the promise the first look-up is made, where the state is unknown."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as the ledger keeps it. All instants are UTC."""

    key: DeliveryKey
    network: str
    state: State
    day: date
    due_at: datetime
    late_until: datetime
    rank: int
    reason: str = ""
    post: Post | None = None
    token: str = ""
    attempts: int = 0
    fence: int = 0
    next_at: datetime | None = None
    first_tried_at: datetime | None = None
    """When a request may first have left; the window of a network's key counts from here."""
    doubt: bool = False
    """A request may have left whose outcome is not settled yet."""
    receipt_id: str | None = None
    url: str | None = None
    updated_at: datetime | None = None
    absences: int = 0
    """How often it was looked up in vain since it was first tried, or promised late."""
    thread: str = ""
    """The thread on the account in which it is posted; empty for a post by itself."""

    @property
    def awaits_approval(self) -> bool:
        """Whether it is held until a person approves its words; no request has left."""
        is_undoubted = self.state is State.HELD and not self.doubt
        return is_undoubted and self.reason.startswith(AWAITS_APPROVAL)

    @property
    def needs_repair(self) -> bool:
        """Whether it waits until something on this machine is repaired."""
        return self.state in {State.WAITING, State.UNKNOWN} and is_repair_reason(self.reason)


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are wanted; what is empty leaves out none.

    `since` (UTC) is when they were due; `event` is the id of an event, such as apollo-11/landing,
    or of a mission.
    """

    accounts: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    since: datetime | None = None
    event: str = ""


class DeliverySummary(NamedTuple):
    """A delivery without its post, as it is in the ledger; instants are UTC."""

    key: str
    state: str
    reason: str
    url: str | None
    attempts: int
    day: date
    due_at: datetime
    next_at: datetime
