"""Correcting a published post: claim → send → settle → look up, as for a post.

An edit that is sent twice changes nothing more, so that after doubt it may be sent again. A reply
is a post of its own: after doubt it is looked up, and sent again only once it is surely absent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from perihelion.compose.text_comparison import is_same_text, reads_alike
from perihelion.model.corrections import Correction, Means
from perihelion.model.deliveries import State
from perihelion.model.errors import (
    AmbiguousMatch,
    Credentials,
    IllegalTransition,
    NotSent,
    PublishError,
    Rejected,
)
from perihelion.model.posts import Receipt
from perihelion.model.storable_text import make_single_line
from perihelion.networks.base import DedupeMethod, lease_checked_by, require_lease
from perihelion.publish.decisions import ABSENCES_BEFORE_REPEAT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery, DeliveryKey
    from perihelion.model.posts import Post
    from perihelion.networks.base import Network

MAX_ATTEMPTS = 2
"""A reply is repeated once; if it is lost as well and cannot be found, a person decides."""

HELD_REASON = "nobody can tell whether the reply was published: look at the account"


@runtime_checkable
class EditingNetwork(Protocol):
    """A network on which a published post can be changed and stays the same post."""

    def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Give the post of `receipt` the text of `post`; its pictures stay as they are.

        Makes at most one request that changes anything, and never retries. Sent twice, it changes
        nothing more. Raises Rejected if the post is gone, and otherwise as `publish`.
        """


@dataclass(frozen=True, slots=True)
class Corrector:
    """Carries out the corrections of one published post.

    `target` is the post, which is not older than `since`. `redact` takes secrets out of what a
    network said. All instants are UTC.
    """

    ledger: Ledger
    network: Network
    target: Receipt
    since: datetime
    now: Callable[[], datetime]
    patience: timedelta
    redact: Callable[[str], str]

    def start(self, delivery: DeliveryKey, means: Means, before: str, post: Post) -> Correction:
        """Write down a new correction, send it, and write down what came of it."""
        return self._send(self.ledger.begin_correction(delivery, means, before, post, self.now()))

    def resume(self, correction: Correction) -> Correction:
        """Go on with one that has not come to an end: wait, look it up, or send it again."""
        wall = self.ledger.wall_clock()
        if correction.state is State.WAITING:
            return self._repeat(correction)
        if wall < correction.ready_at + self._wait_beyond_lease(correction):
            return correction
        if correction.state is State.SENDING:
            reason = "the process that sent it is gone"
            lost = replace(correction, state=State.UNKNOWN, ready_at=wall, reason=reason)
            correction = self._settle(correction, lost)
        is_edit = correction.means is Means.EDIT
        return self._resume_edit(correction) if is_edit else self._resume_reply(correction)

    def _wait_beyond_lease(self, correction: Correction) -> timedelta:
        """A request that left within the lease has arrived or failed once this is over."""
        return self.patience if correction.state is State.SENDING else timedelta(0)

    def _repeat(self, correction: Correction) -> Correction:
        return self._send(self.ledger.repeat_correction(correction, self.now()))

    def _send(self, correction: Correction) -> Correction:
        def require_unexpired_lease() -> None:
            left = correction.ready_at - self.ledger.wall_clock()
            if not timedelta(0) < left <= self.ledger.lease:
                raise NotSent("its lease ran out before the request left")

        outcome: Receipt | Exception
        try:
            with lease_checked_by(require_unexpired_lease):
                require_lease()
                outcome = self._request(correction)
        except Exception as error:  # noqa: BLE001 - whatever an adapter lets through counts as unknown
            outcome = error
        look_at = self.ledger.wall_clock() + self.patience
        return self._settle(correction, decide_outcome(correction, outcome, look_at))

    def _request(self, correction: Correction) -> Receipt:
        if correction.means is Means.REPLY:
            return self.network.publish(correction.post, correction.token)
        if not isinstance(self.network, EditingNetwork):
            raise Rejected(f"{self.network.name} cannot edit posts")
        return self.network.edit(self.target, correction.post)

    def _resume_edit(self, correction: Correction) -> Correction:
        shown = self._find_edited(correction)
        if shown is None:
            return self._repeat(correction)
        return self._settle(correction, decide_outcome(correction, shown, correction.ready_at))

    def _find_edited(self, correction: Correction) -> Receipt | None:
        """The post, if its timeline shows it with the corrected text; reading it may fail."""
        try:
            shown = self.network.recent(self.since)
        except PublishError:
            return None
        text = correction.post.text
        found = (one.receipt for one in shown if reads_alike(one.text, text))
        return next((one for one in found if one.id == self.target.id), None)

    def _resume_reply(self, correction: Correction) -> Correction:
        dedupe, wall = self.network.dedupe, self.ledger.wall_clock()
        if dedupe.method is DedupeMethod.KEYED and dedupe.window is None:
            return self._repeat(correction)  # the network itself refuses a second one
        if not dedupe.has_lookup:
            return self._settle(correction, _hold(correction))
        later = wall + self.patience / 2
        try:
            found = self.network.find(correction.post, correction.token)
        except AmbiguousMatch:
            return self._settle(correction, _hold(correction))
        except PublishError as error:
            waiting = replace(correction, ready_at=later, reason=str(error))
            return self._settle(correction, waiting)
        if found is not None:
            return self._settle(correction, decide_outcome(correction, found, wall))
        return self._settle(correction, decide_absence(correction, later))

    def _settle(self, before: Correction, after: Correction) -> Correction:
        after = replace(after, reason=make_single_line(self.redact(after.reason)))
        self.ledger.settle_correction(before, after, self.now())
        return after


def decide_outcome(
    correction: Correction, outcome: Receipt | Exception, look_at: datetime
) -> Correction:
    """What an outcome makes of a correction; an unknown one is looked up at `look_at`."""
    if isinstance(outcome, Receipt):
        return replace(
            correction, state=State.SENT, reason="", receipt_id=outcome.id, url=outcome.url
        )
    reason = str(outcome) or type(outcome).__name__
    if isinstance(outcome, Rejected):
        return replace(correction, state=State.REJECTED, reason=reason)
    if isinstance(outcome, (NotSent, Credentials)):
        return replace(correction, state=State.WAITING, reason=reason)
    return replace(correction, state=State.UNKNOWN, reason=reason, ready_at=look_at)


def decide_absence(correction: Correction, look_at: datetime) -> Correction:
    """What it means that a reply is not there: little the first time, and it is repeated once."""
    absences = correction.absences + 1
    absent = replace(correction, absences=absences, ready_at=look_at, reason="it is not there")
    if absences < ABSENCES_BEFORE_REPEAT:
        return absent
    return replace(absent, state=State.WAITING) if absent.attempts < MAX_ATTEMPTS else _hold(absent)


def find_target(delivery: Delivery, corrections: Sequence[Correction]) -> tuple[Receipt, str]:
    """The published post and what it says now, after the corrections so far.

    Raises IllegalTransition if the delivery was not sent, or the ledger does not know its id.
    """
    if delivery.state is not State.SENT or delivery.post is None or delivery.receipt_id is None:
        raise IllegalTransition(
            f"{delivery.key} is {delivery.state}, and only what Perihelion itself has sent can be "
            "corrected: the ledger needs the network's id and the text"
        )
    target, text = Receipt(delivery.receipt_id, delivery.url), delivery.post.text
    for one in corrections:
        if one.state is State.SENT and one.means is Means.EDIT and one.receipt_id is not None:
            target, text = Receipt(one.receipt_id, one.url), one.post.text
    return target, text


def is_corrected(text: str, published: str, corrections: Sequence[Correction]) -> bool:
    """Whether readers have `text` already: in the post, or in a reply that corrects it."""
    replies = [one.post.text for one in corrections if one.state is State.SENT]
    return is_same_text(text, published) or any(text in reply for reply in replies)


def choose_means(network: Network, *, prefers_reply: bool) -> Means:
    """How a post can be corrected there. Raises IllegalTransition if it cannot."""
    if isinstance(network, EditingNetwork) and not prefers_reply:
        return Means.EDIT
    if network.limits.replies:
        return Means.REPLY
    raise IllegalTransition(f"{network.name} has no replies here")


def _hold(correction: Correction) -> Correction:
    return replace(correction, state=State.HELD, reason=HELD_REASON)
