"""The same text twice on one account: an id was renamed, or a year corrected.

The key of such a post is another one, so that nothing else would notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.ledger.values import ClaimPrepared, ClaimRefused
from perihelion.model.deliveries import RETRY_REASON, State
from perihelion.model.units import Unit
from perihelion.publish.decisions import format_resolve_hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import PreparedClaim
    from perihelion.model.accounts import Account
    from perihelion.model.deliveries import Delivery
    from perihelion.model.posts import Post


def hold_repeats(
    ledger: Ledger, accounts: Mapping[str, Account], prepared: Sequence[PreparedClaim]
) -> Sequence[PreparedClaim]:
    """Refuse what would say again what may already stand on the account.

    A post that was claimed before, or that a person has asked to try again, is left as it is.
    """
    new = [
        (ready.delivery.key.account, one.post)
        for ready, one in prepared
        if isinstance(one, ClaimPrepared) and _is_new(ready.delivery)
    ]
    if not new:
        return prepared
    similar = ledger.list_similar(sorted({name for name, _post in new}), [post for _, post in new])
    if not similar:
        return prepared
    return [
        (ready, _hold_if_repeat(ready.delivery, one, similar, accounts)) for ready, one in prepared
    ]


def _is_new(delivery: Delivery) -> bool:
    return delivery.post is None and delivery.reason != RETRY_REASON


def _hold_if_repeat(
    delivery: Delivery,
    claim: ClaimPrepared | ClaimRefused,
    similar: Sequence[Delivery],
    accounts: Mapping[str, Account],
) -> ClaimPrepared | ClaimRefused:
    if isinstance(claim, ClaimRefused) or not _is_new(delivery):
        return claim
    window = accounts[delivery.key.account].repeat_window
    repeated = [
        one
        for one in similar
        if abs(one.due_at - delivery.due_at) < window and _is_repeat(delivery, claim.post, one)
    ]
    if not repeated:
        return claim
    first = repeated[0]
    return ClaimRefused(
        State.HELD,
        f"the account already has this post, as {first.key} of {first.day} ({first.state}): "
        f"{format_resolve_hint(delivery)}",
    )


def _is_repeat(delivery: Delivery, post: Post, earlier: Delivery) -> bool:
    """Whether `earlier` says the same; but for its numbers, if it is of the same event.

    An event has one anniversary a year: a second one means that its year was corrected. Two events
    may well differ by a number alone, as Shuttle flights do.
    """
    ours, theirs = delivery.key, earlier.key
    if theirs == ours or theirs.account != ours.account or earlier.post is None:
        return False
    is_same_event = (theirs.event, theirs.part) == (ours.event, ours.part)
    is_same_event = is_same_event and ours.unit is theirs.unit is Unit.YEARS
    return is_same_event or earlier.post.text == post.text
