"""What may be done with a delivery, and what its outcome means. Pure: no I/O, no clock.

The rules are those of `docs/how-it-works.md`: a request that may have left is never repeated
blindly; the network's key or its own timeline settles it, or a person does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from perihelion.ledger.values import Action, ClaimRefused, Settlement
from perihelion.model.deliveries import State
from perihelion.model.errors import AmbiguousMatch, Credentials, NotSent, Rejected
from perihelion.model.posts import Receipt
from perihelion.model.storable_text import make_storable
from perihelion.networks.base import DedupeMethod
from perihelion.publish.threads import PARENT_GONE, is_parent_gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.ledger.values import Claim
    from perihelion.model.deliveries import Delivery
    from perihelion.networks.base import Dedupe

BACKOFF_BASE = timedelta(seconds=5)
"""The longest first pause after a failure; each further one may be twice as long."""

BACKOFF_CAP = timedelta(minutes=15)
"""No pause that we choose ourselves is longer; a network's own Retry-After may be."""

CIRCUIT_PAUSE = timedelta(hours=1)
"""How long an account whose credentials were refused is paused before one more try."""

WINDOW_MARGIN = timedelta(minutes=5)
"""A network's key is not relied on in the last minutes of its window, since clocks differ."""

ABSENCES_BEFORE_REPEAT = 2
"""How often a post must be looked up in vain before it is sent again: a single gap in a timeline
is not enough to post twice."""

MAX_ABSENCES = 2 * ABSENCES_BEFORE_REPEAT
"""A repeat happens once. If it is lost as well and cannot be found, a person decides."""

PAUSED = "paused: "
"""How the reason of an account's pause begins, before what the network said."""

_SKIPPED_BY_OPTION = "skipped, as the account's option `unknown` says"
Outcome = Receipt | Exception | None
"""A receipt; what was raised; or None, if a look-up did not find the post."""


class UnknownPolicy(StrEnum):
    """What to do when the network cannot tell what happened: the account option `unknown`."""

    HOLD = "hold"
    RETRY = "retry"
    """Send again: a post may appear twice. The operator has said so in the schedule."""
    SKIP = "skip"


def choose_action(
    delivery: Delivery, dedupe: Dedupe, wall: datetime, policy: UnknownPolicy = UnknownPolicy.HOLD
) -> Action | ClaimRefused:
    """What a worker may do with a ready delivery.

    An unknown delivery is sent again once, byte for byte, if its key is part of the post itself.
    Otherwise it is looked up, if it can be: a key that is stored beside the post is not relied on
    while the first request may still be running. Where nothing can be looked up, the same bytes
    are sent again while the key holds; if neither is possible, a person decides, now or by
    `policy`.
    """
    if delivery.state is not State.UNKNOWN:
        return Action.SEND
    if dedupe.has_lookup and not can_resend_at_once(delivery, dedupe):
        return Action.FIND
    if is_key_valid(delivery, dedupe, wall):
        return Action.RESEND
    if policy is UnknownPolicy.RETRY:
        return Action.RESEND
    if policy is UnknownPolicy.SKIP:
        return ClaimRefused(
            State.SKIPPED, f"cannot tell whether it was published; {_SKIPPED_BY_OPTION}"
        )
    return ClaimRefused(
        State.HELD, f"cannot tell whether it was published: {format_resolve_hint(delivery)}"
    )


def can_resend_at_once(delivery: Delivery, dedupe: Dedupe) -> bool:
    """Whether the key is part of the post, so that no two can have it, and was tried only once."""
    is_part_of_post = dedupe.method is DedupeMethod.KEYED and dedupe.window is None
    return is_part_of_post and delivery.attempts == 1


def is_key_valid(delivery: Delivery, dedupe: Dedupe, wall: datetime) -> bool:
    """Whether the network would recognise this delivery's token if it saw it again."""
    if dedupe.method is not DedupeMethod.KEYED:
        return False
    if dedupe.window is None:
        return True
    first = delivery.first_tried_at
    return first is not None and first <= wall < first + dedupe.window - WINDOW_MARGIN


def get_cutoff_wait(dedupe: Dedupe, patience: timedelta) -> timedelta:
    """How long to wait after a try that was cut off: until it has either arrived or failed.

    That includes a key with a window: Mastodon stores a key only once the post exists, so a repeat
    that overtakes the first request would create a second post. No wait is needed for a key
    without a time limit, which is part of the post itself, nor where nothing can be looked up.
    """
    is_waiting = dedupe.method is DedupeMethod.LOOKUP or dedupe.window is not None
    return patience if is_waiting else timedelta(0)


def get_last_pause(delivery: Delivery) -> timedelta:
    """The last pause of an unknown delivery; none in a rehearsal.

    There its end was written by the machine's clock, and its beginning by the rehearsal's.
    """
    if delivery.next_at is None or delivery.updated_at is None:
        return timedelta(0)
    pause = delivery.next_at - delivery.updated_at
    return pause if timedelta(0) <= pause <= BACKOFF_CAP else timedelta(0)


@dataclass(frozen=True, slots=True)
class Decider:
    """Turns an outcome into a settlement.

    `now` is the almanac's instant and `wall` the machine's (UTC both); `patience` is how long a
    request that was cut off may still arrive before a look-up counts; `jitter` gives 0.0 to 1.0.
    """

    now: datetime
    wall: datetime
    dedupe: Dedupe
    patience: timedelta
    jitter: Callable[[], float]
    unknown_policy: UnknownPolicy = UnknownPolicy.HOLD

    def decide_settlement(self, claim: Claim, outcome: Outcome) -> Settlement:
        """What `outcome` of carrying out `claim` makes of the delivery and its account."""
        decided = self._decide(claim, outcome)
        return replace(
            decided,
            reason=make_storable(decided.reason),
            account_reason=make_storable(decided.account_reason),
        )

    def _decide(self, claim: Claim, outcome: Outcome) -> Settlement:
        if isinstance(outcome, Receipt):
            return self._decide_sent(claim, outcome)
        if outcome is None:
            return self._decide_absent(claim)
        if isinstance(outcome, Rejected):
            return self._decide_rejected(claim, outcome)
        if isinstance(outcome, Credentials):
            return self._decide_credentials_refused(claim, outcome)
        if isinstance(outcome, NotSent):
            return self._decide_not_sent(claim, str(outcome), outcome.retry_after)
        return self._decide_unknown(claim, outcome)

    def _decide_sent(self, claim: Claim, receipt: Receipt) -> Settlement:
        storable = Receipt(make_storable(receipt.id), receipt.url and make_storable(receipt.url))
        found = "found on the network" if claim.action is Action.FIND else ""
        sent = _settle(claim, State.SENT, found)
        return replace(sent, receipt=storable, credentials_refused=False)

    def _decide_absent(self, claim: Claim) -> Settlement:
        absences = claim.delivery.absences + 1
        if absences % ABSENCES_BEFORE_REPEAT:
            reason = "looked up; it is not on the network; looked up once more before it is sent"
            settled = self._keep_unknown(claim, reason, self.patience / 2)
        elif absences >= MAX_ABSENCES:
            hint = format_resolve_hint(claim.delivery)
            settled = _settle(claim, State.HELD, f"sent twice without an answer, not found: {hint}")
        else:
            settled = _settle(claim, State.WAITING, "looked up twice; it is not on the network")
            settled = replace(settled, ready_at=self.now, credentials_refused=False)
            absences = absences if claim.delivery.attempts else 0  # nothing was repeated yet
        return replace(settled, absences=absences)

    def _decide_rejected(self, claim: Claim, error: Rejected) -> Settlement:
        if claim.action is Action.SEND:
            alone = replace(_settle(claim, State.WAITING, PARENT_GONE), ready_at=self.now)
            is_alone = is_parent_gone(claim.delivery, error)
            return alone if is_alone else _settle(claim, State.REJECTED, str(error))
        if self.dedupe.has_lookup:
            return self._keep_unknown(claim, f"the repeat was refused: {error}", self.patience)
        reason = f"the first try may have been published, and the repeat was refused: {error}"
        return _settle(claim, State.HELD, reason)

    def _decide_credentials_refused(self, claim: Claim, error: Credentials) -> Settlement:
        safe = claim.action is Action.SEND
        return replace(
            _settle(claim, State.WAITING if safe else State.UNKNOWN, str(error)),
            ready_at=self.now if safe else self.wall,
            resume_at=self.now + CIRCUIT_PAUSE,
            credentials_refused=True,
            account_reason=str(error),
        )

    def _decide_not_sent(
        self, claim: Claim, reason: str, retry_after: timedelta | None
    ) -> Settlement:
        pause = self._choose_pause(claim) if retry_after is None else retry_after
        if claim.action is not Action.SEND:
            return self._keep_unknown(claim, reason, pause)
        later = self.now + pause
        waiting = _settle(claim, State.WAITING, reason)
        return replace(waiting, ready_at=later, resume_at=later, account_reason=PAUSED + reason)

    def _choose_pause(self, claim: Claim) -> timedelta:
        """With full jitter. A look-up is no attempt, so its pause grows from the one before it."""
        if claim.action is not Action.FIND:
            return self.compute_backoff(claim.delivery.attempts)
        longest = min(BACKOFF_CAP, max(2 * BACKOFF_BASE, 4 * get_last_pause(claim.delivery)))
        return longest * self.jitter()

    def _decide_unknown(self, claim: Claim, error: Exception) -> Settlement:
        if isinstance(error, AmbiguousMatch):
            hint = format_resolve_hint(claim.delivery)
            return _settle(claim, State.HELD, f"{error}: {hint}")
        reason = f"outcome unknown: {str(error) or type(error).__name__}"
        if self.dedupe.method is DedupeMethod.NONE and self.unknown_policy is UnknownPolicy.SKIP:
            return _settle(claim, State.SKIPPED, f"{reason}; {_SKIPPED_BY_OPTION}")
        if self.dedupe.method is DedupeMethod.NONE and self.unknown_policy is UnknownPolicy.HOLD:
            hint = format_resolve_hint(claim.delivery)
            return _settle(claim, State.HELD, f"{reason}; {hint}")
        is_looked_up = self.dedupe.has_lookup and not can_resend_at_once(
            claim.delivery, self.dedupe
        )
        if is_looked_up or not is_key_valid(claim.delivery, self.dedupe, self.wall):
            return self._keep_unknown(claim, reason, self.patience)
        backoff = self.compute_backoff(claim.delivery.attempts)
        pause = max(backoff, get_cutoff_wait(self.dedupe, self.patience))
        return self._keep_unknown(claim, reason, pause)

    def _keep_unknown(self, claim: Claim, reason: str, pause: timedelta) -> Settlement:
        return replace(_settle(claim, State.UNKNOWN, reason), ready_at=self.wall + pause)

    def compute_backoff(self, attempts: int) -> timedelta:
        """A pause with full jitter: anything up to the longest, which doubles with each attempt."""
        longest: timedelta = min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(attempts, 20))
        return longest * self.jitter()


def _settle(claim: Claim, state: State, reason: str) -> Settlement:
    return Settlement(claim.delivery.key, claim.fence, state, reason)


def format_resolve_hint(delivery: Delivery) -> str:
    """What to ask of a person about a delivery that the network cannot settle."""
    command = f"python bot.py resolve {delivery.key}"
    return f"look at the account, then `{command} --sent URL`, `--retry` or `--skip`"
