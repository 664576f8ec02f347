"""Which post of its thread a delivery answers, and when it has to wait for one before it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from perihelion.ledger.values import ClaimRefused
from perihelion.model.deliveries import OPEN_STATES, RETRY_REASON, State
from perihelion.model.errors import ParentGone
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perihelion.ledger.values import Result
    from perihelion.model.deliveries import Delivery, DeliveryKey

MAX_WAIT = timedelta(minutes=10)
"""How long after its time a post waits for the one before it, whose outcome is not known; but at
most half of the time that its late policy gives it. Then it answers the last one that was sent."""

WAIT_STEP = timedelta(seconds=15)
"""When to look again."""

OVERTAKEN_AFTER = timedelta(minutes=5)
"""A post of a replay that is so late is left out once a later one is due."""

PARENT_GONE = "the post that it answers is gone from the network; it begins a new thread"
"""The reason of a delivery that was refused as an answer, and is sent once more as a post of its
own."""

_STILL_COMING = OPEN_STATES | {State.SENDING}

_OVERTAKEN = "a later post of this replay came first, so that this one was left out"


class Parent(NamedTuple):
    """What a post answers: the network's id of that post, or nothing if it begins the thread."""

    receipt_id: str | None


def choose_parent(
    delivery: Delivery, others: Iterable[Delivery], now: datetime
) -> Parent | ClaimRefused:
    """What `delivery` answers, given the `others` of its thread; or why it is not sent at `now`.

    It answers the last one before it that was sent on the same network. It waits for one that is
    still open; and a replay never goes back to what a later post has overtaken.
    """
    if delivery.key.part > 1:
        return _follow_part(delivery, others, now)
    earlier, later = split_thread(delivery, others)
    if _is_overtaken(delivery, later, now):
        return ClaimRefused(State.MISSED, _OVERTAKEN)
    waiting_for = [one for one in earlier if one.state in OPEN_STATES and one.late_until > now]
    if waiting_for and now < _find_end_of_wait(delivery):
        reason = f"waits for {waiting_for[-1].key}, which comes before it in its thread"
        again_at = min(now + WAIT_STEP, _find_end_of_wait(delivery))
        return ClaimRefused(State.WAITING, reason, again_at)
    return find_last_sent(delivery, others)


def _follow_part(
    delivery: Delivery, others: Iterable[Delivery], now: datetime
) -> Parent | ClaimRefused:
    """The part of the story before `delivery`, which must have been sent."""
    key = replace(delivery.key, part=delivery.key.part - 1)
    before = next((one for one in others if one.key == key), None)
    if before is not None and before.state is State.SENT:
        return Parent(before.receipt_id)
    if before is not None and (before.state in _STILL_COMING or before.awaits_approval):
        return ClaimRefused(State.WAITING, f"waits for part {key.part}", now + WAIT_STEP)
    state = before.state if before else "not promised"
    return ClaimRefused(State.SKIPPED, f"part {key.part} was not published: {state}")


def find_last_sent(delivery: Delivery, others: Iterable[Delivery]) -> Parent:
    """The last one before `delivery` that was sent; nothing if there is none."""
    earlier, _later = split_thread(delivery, others)
    sent = [one.receipt_id for one in earlier if one.state is State.SENT and one.receipt_id]
    return Parent(sent[-1] if sent else None)


def split_thread(
    delivery: Delivery, others: Iterable[Delivery]
) -> tuple[list[Delivery], list[Delivery]]:
    """The others of its thread on the same network that come before it, and those after it."""
    same = [one for one in others if one.key != delivery.key and one.network == delivery.network]
    same.sort(key=_place_in_thread)
    own = _place_in_thread(delivery)
    earlier = [one for one in same if _place_in_thread(one) < own]
    return earlier, same[len(earlier) :]


def is_parent_gone(delivery: Delivery, error: Exception) -> bool:
    """Whether the network refused `delivery` as an answer, so that it may go out by itself."""
    return isinstance(error, ParentGone) and bool(delivery.post and delivery.post.reply_to)


def apply_results(thread: Iterable[Delivery], results: Sequence[Result]) -> list[Delivery]:
    """The deliveries of a thread as they will be once `results` are written."""
    settled = {settlement.key: settlement for _claim, settlement in results}
    return [
        replace(
            one,
            state=settled[one.key].state,
            receipt_id=receipt.id if (receipt := settled[one.key].receipt) else one.receipt_id,
        )
        if one.key in settled
        else one
        for one in thread
    ]


def _is_overtaken(delivery: Delivery, later: Iterable[Delivery], now: datetime) -> bool:
    if delivery.key.unit is not Unit.REPLAY_YEARS or delivery.reason == RETRY_REASON:
        return False
    is_late = now - delivery.due_at > OVERTAKEN_AFTER
    return any(
        one.state is State.SENT or (is_late and one.state in OPEN_STATES and one.due_at <= now)
        for one in later
        if one.due_at > delivery.due_at
    )


def _find_end_of_wait(delivery: Delivery) -> datetime:
    half = (delivery.late_until - delivery.due_at) / 2
    return delivery.due_at + min(MAX_WAIT, half)


def _place_in_thread(delivery: Delivery) -> tuple[datetime, int, DeliveryKey]:
    return delivery.due_at, delivery.rank, delivery.key
