"""Looking posts up: one reading of an account's timeline serves all deliveries that wait for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perihelion.model.deliveries import Delivery
    from perihelion.model.posts import Post, Receipt
    from perihelion.networks.base import Network

    FindPost = Callable[[Post, str], Receipt | None]


@runtime_checkable
class TimelineNetwork(Protocol):
    """A network whose look-ups can share one reading of the account's timeline."""

    def open_timeline(self) -> FindPost:
        """A `find` for any number of posts, which asks for no page twice. Makes no request yet."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A timeline that was opened at `wall` (UTC), and at `elapsed` seconds of a steady clock."""

    find: FindPost
    wall: datetime
    elapsed: float


class LookUps:
    """The look-ups of one worker.

    `wall_clock` is the ledger's; `elapsed` gives seconds that nobody sets. Each account is looked
    up by one thread at a time, and several accounts at once.
    """

    def __init__(
        self,
        networks: Mapping[str, Network],
        wall_clock: Callable[[], datetime],
        elapsed: Callable[[], float],
    ) -> None:
        self._networks, self._wall_clock, self._elapsed = networks, wall_clock, elapsed
        self._readings: dict[str, _Reading] = {}

    def find(self, delivery: Delivery, post: Post) -> Receipt | None:
        """Look `post` up as the network's `find` does, and raise as it does."""
        network = self._networks[delivery.key.account]
        sought = _backdate_to_due(post, delivery.due_at)
        if isinstance(network, TimelineNetwork):
            return self._get_reading(delivery, network).find(sought, delivery.token)
        return network.find(sought, delivery.token)

    def forget(self, account: str) -> None:
        """Drop what was read of an account's timeline: it is about to change."""
        self._readings.pop(account, None)

    def _get_reading(self, delivery: Delivery, network: TimelineNetwork) -> _Reading:
        """The last one, if it began after the wait of `delivery` was over; otherwise a new one.

        An earlier one proves no absence: the request may have arrived since. How long ago either
        was is measured now, so that a clock that was set in between makes no reading look younger.
        """
        last = self._readings.get(delivery.key.account)
        wall, elapsed = self._wall_clock(), self._elapsed()
        if last is not None and delivery.next_at is not None:
            age = max(wall - last.wall, timedelta(seconds=elapsed - last.elapsed))
            if age <= wall - delivery.next_at:
                return last
        new = _Reading(network.open_timeline(), wall, elapsed)
        self._readings[delivery.key.account] = new
        return new


def _backdate_to_due(post: Post, due_at: datetime) -> Post:
    """The post to look up: with a lost ledger, it may have been sent as early as it was due."""
    made = datetime.fromisoformat(post.created_at)
    return post if made <= due_at else replace(post, created_at=due_at.isoformat())
