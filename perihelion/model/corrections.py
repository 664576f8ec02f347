"""The promise to correct one published post once: its key, its states and what may follow."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.deliveries import DeliveryKey
    from perihelion.model.posts import Post


class Means(StrEnum):
    """How a correction reaches readers."""

    EDIT = "edit"
    """The post itself is changed, and stays the same post."""
    REPLY = "reply"
    """A reply says what is right: the network has no edits."""


CORRECTION_STEPS: dict[State | None, frozenset[State]] = {
    None: frozenset({State.SENDING}),
    State.SENDING: frozenset({State.SENT, State.REJECTED, State.WAITING, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.SENT, State.WAITING, State.SENDING, State.HELD}),
    State.WAITING: frozenset({State.SENDING}),
    State.HELD: frozenset({State.SENT}),
    State.REJECTED: frozenset(),
    State.SENT: frozenset(),
}
"""Every legal step of a correction, by the state before it; only a person makes that of held."""

UNFINISHED_STATES = frozenset({State.SENDING, State.UNKNOWN, State.WAITING})
"""A correction that must come to an end before the next one of the same post."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as the ledger keeps it. All instants are UTC."""

    delivery: DeliveryKey
    number: int
    """From 1, for each delivery."""
    means: Means
    state: State
    before: str
    """The text that it corrects."""
    post: Post
    """What is sent: the whole corrected post, or the reply."""
    made_at: datetime
    ready_at: datetime
    """When its lease ends (sending), or when it may be looked up or sent again."""
    attempts: int = 1
    absences: int = 0
    reason: str = ""
    receipt_id: str | None = None
    url: str | None = None

    @property
    def key(self) -> str:
        """The delivery's key and the number: `mastodon:m/landing:11-years:1#1`."""
        return f"{self.delivery}#{self.number}"

    @property
    def token(self) -> str:
        """The idempotency token of a reply: the same on every try and every machine."""
        return hashlib.sha256(f"perihelion {self.key}".encode()).hexdigest()[:32]
