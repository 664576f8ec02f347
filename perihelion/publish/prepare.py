"""Preparing a claim: what may be done with a delivery, and the exact post it is done with."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from perihelion.ledger.values import Action, Prepared, Refused
from perihelion.model.deliveries import State
from perihelion.model.errors import CompositionError
from perihelion.networks.base import PaidNetwork
from perihelion.publish.decide import InDoubt, action_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.ledger.store import Ledger
    from perihelion.model.accounts import Account
    from perihelion.model.deliveries import Delivery, DeliveryKey
    from perihelion.model.posts import Post
    from perihelion.publish.desk import Clock, Desk, Known


@cache
def _is_metered(kind: type) -> bool:
    """Whether networks of this class charge for posts; a protocol is slow to ask each time."""
    return issubclass(kind, PaidNetwork)


logger = logging.getLogger(__name__)


def choice_of(account: Account) -> InDoubt:
    """What the operator wants for this account where no network can tell."""
    return InDoubt(account.get_option("unknown", InDoubt.HOLD))


@dataclass(frozen=True, slots=True)
class Preparer:
    """Answers the ledger, within a claim's transaction, for the accounts in `known`.

    `refused` keeps what it said no to, by the delivery's key, until it is cleared.
    """

    ledger: Ledger
    desk: Desk
    clock: Clock
    known: Mapping[str, Known]
    refused: dict[DeliveryKey, tuple[Delivery, Refused]] = field(default_factory=dict)

    def __call__(self, delivery: Delivery) -> Prepared | Refused:
        """The post to keep and to send, or why there is none."""
        answer = self._answer(delivery)
        self.refused.pop(delivery.key, None)
        if isinstance(answer, Refused):
            self.refused[delivery.key] = (delivery, answer)
        return answer

    def _answer(self, delivery: Delivery) -> Prepared | Refused:
        account = self.desk.accounts[delivery.key.account]
        dedupe = self.known[account.name].dedupe
        action = action_for(delivery, dedupe, self.clock.real_now(), choice_of(account))
        if isinstance(action, Refused):
            return action
        if delivery.post is not None:
            return Prepared(delivery.post, action)
        return self._worded(delivery, account, action)

    def _worded(self, delivery: Delivery, account: Account, action: Action) -> Prepared | Refused:
        doubtful = delivery.state is State.UNKNOWN
        anniversary = self.desk.find(delivery)
        if anniversary is None:
            gone = State.HELD if doubtful else State.SKIPPED
            return Refused(gone, "its event is no longer in the schedule")
        limits = self.known[account.name].limits
        try:
            post = self.desk.compose(anniversary, account, limits, self.clock.now())
        except CompositionError as error:
            return Refused(State.HELD if doubtful else State.REJECTED, str(error))
        except Exception as error:  # one broken post must not stop the others
            logger.exception("a post could not be worded", extra={"key": str(delivery.key)})
            reason = f"it could not be worded, by a mistake of Perihelion's own: {error!r}"
            return Refused(State.HELD if doubtful else State.REJECTED, reason)
        return self._afforded(account, replace(post, key=str(delivery.key)), action)

    def _afforded(self, account: Account, post: Post, action: Action) -> Prepared | Refused:
        """The post, as far as the account's budget allows it, where posts cost money.

        A rehearsal's posts count in the month that it plays, not in the one it is played in.
        """
        network = self.desk.networks[account.name]
        if action is not Action.SEND or not _is_metered(type(network)):
            return Prepared(post, action)
        assert isinstance(network, PaidNetwork)  # noqa: S101 - the same question, which mypy reads
        now, real = self.clock.now(), network.billed_since(self.clock.real_now())
        earlier, played = self.ledger.posts_since(account.name, real), network.billed_since(now)
        if played != real:
            earlier = [o for o in earlier if datetime.fromisoformat(o.created_at) >= played]
        afforded = network.check_budget(post, earlier, now)
        if afforded.post is None:
            return Refused(State.WAITING, afforded.reason, afforded.wait_until or now)
        return Prepared(afforded.post, action)
