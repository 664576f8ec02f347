"""Preparing a claim: what may be done with a delivery, and the exact post to do it with."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from perihelion.compose.picture_files import find_first_picture_problem
from perihelion.ledger.values import Action, ClaimPrepared, ClaimRefused
from perihelion.model.deliveries import EVENT_IS_GONE, State
from perihelion.model.errors import CompositionError, LedgerError
from perihelion.model.repairs import REPAIR_PAUSE, format_repair_reason
from perihelion.model.storable_text import make_single_line
from perihelion.networks.base import PaidNetwork
from perihelion.publish.approvals import ApprovalGate
from perihelion.publish.decisions import UnknownPolicy, choose_action, get_cutoff_wait
from perihelion.publish.differing_schedules import LEFT_FOR, LEFT_TO_ANOTHER, is_left_to_another
from perihelion.publish.planner import is_late
from perihelion.publish.threads import (
    PARENT_GONE,
    Parent,
    apply_results,
    choose_parent,
    find_last_sent,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import PreparedClaim, ReadyDelivery, Result
    from perihelion.model.accounts import Account
    from perihelion.model.deliveries import Delivery
    from perihelion.model.posts import Post
    from perihelion.publish.context import Clock, NetworkFacts, PublishContext


@cache
def _is_paid_network(network_class: type) -> bool:
    """Whether networks of this class charge for posts; cached, since protocols check slowly."""
    return issubclass(network_class, PaidNetwork)


logger = logging.getLogger(__name__)


def get_unknown_policy(account: Account) -> UnknownPolicy:
    """What to do on this account when its network cannot tell what happened."""
    return UnknownPolicy(account.get_option("unknown", UnknownPolicy.HOLD))


@dataclass(slots=True)
class LedgerConnection:
    """Since when (UTC) this worker has seen the ledger without a break.

    What was planned before, and is late, may be a copy from before it was sent: a backup that was
    restored, or a standby that took over without the last commits. `patience` is how long a
    request of that time may still be on its way.
    """

    since: datetime
    patience: timedelta

    def predates(self, delivery: Delivery, now: datetime) -> bool:
        """Whether a delivery that was never in doubt may have been sent by a ledger since lost."""
        written_at = delivery.updated_at or now
        is_older = written_at < self.since and delivery.state is not State.UNKNOWN
        return is_older and is_late(delivery.due_at, now)


@dataclass(frozen=True, slots=True)
class Preparer:
    """Prepares deliveries of the accounts in `network_facts`."""

    ledger: Ledger
    context: PublishContext
    clock: Clock
    network_facts: Mapping[str, NetworkFacts]
    connection: LedgerConnection
    schedule_since: datetime
    """Since when this worker uses its schedule."""

    @property
    def approvals(self) -> ApprovalGate:
        """What refuses a post whose words nobody has approved, where that is necessary."""
        return ApprovalGate(self.ledger, self.context, self.network_facts, self.schedule_since)

    def get_patience(self, account: str) -> timedelta | None:
        """How long to wait before a dead worker's delivery is looked up; None if not known yet."""
        facts = self.network_facts.get(account)
        if facts is None:
            return None if account in self.context.networks else self.connection.patience
        return get_cutoff_wait(facts.dedupe, self.connection.patience)

    def prepare_claims(
        self, ready: Iterable[ReadyDelivery], results: Sequence[Result]
    ) -> list[PreparedClaim]:
        """What to do with each of `ready`, in the exchange that will write `results`."""
        return [(one, self.prepare_claim(one.delivery, results)) for one in ready]

    def prepare_claim(
        self, delivery: Delivery, results: Sequence[Result] = ()
    ) -> ClaimPrepared | ClaimRefused:
        """The post to keep and to send, or why there is none."""
        try:
            return self._prepare_claim(delivery, results)
        except CompositionError as error:
            return self._wait_for_repair(delivery, str(error))
        except LedgerError:
            raise
        except Exception as error:  # noqa: BLE001 - one broken post must not stop the others
            return self._wait_for_bug(delivery, error)

    def _prepare_claim(
        self, delivery: Delivery, results: Sequence[Result]
    ) -> ClaimPrepared | ClaimRefused:
        account = self.context.accounts[delivery.key.account]
        dedupe = self.network_facts[account.name].dedupe
        if dedupe.has_lookup and self.connection.predates(delivery, self.clock.now()):
            reason = "late, and planned before this worker saw the ledger; looked up first"
            return ClaimRefused(
                State.UNKNOWN, reason, self.ledger.wall_clock() + self.connection.patience / 2
            )
        action = choose_action(
            delivery, dedupe, self.ledger.wall_clock(), get_unknown_policy(account)
        )
        if isinstance(action, ClaimRefused):
            return action
        parent = self._choose_parent(delivery, results)
        if isinstance(parent, ClaimRefused):
            return parent
        prepared = self._prepare_post(delivery, account, action, parent)
        if isinstance(prepared, ClaimPrepared) and action is not Action.FIND:
            problem = find_first_picture_problem(prepared.post.pictures)
            return self._wait_for_repair(delivery, problem) if problem else prepared
        return prepared

    def _choose_parent(
        self, delivery: Delivery, results: Sequence[Result]
    ) -> Parent | ClaimRefused:
        """What the post answers, or why it is not sent now. What may be out is only looked up."""
        if not delivery.thread:
            return Parent(None)
        stored = self.ledger.list_thread(delivery.key.account, delivery.thread)
        others = apply_results(stored, results)
        if delivery.state is State.UNKNOWN:
            return find_last_sent(delivery, others)
        return choose_parent(delivery, others, self.clock.now())

    def _prepare_post(
        self, delivery: Delivery, account: Account, action: Action, parent: Parent
    ) -> ClaimPrepared | ClaimRefused:
        """The post that is kept; or a new one, if nothing has left and this one cannot.

        Its pictures may have moved, or its wording or alt text was shortened to fit; other words
        are approved by now, or its event was removed.
        """
        unapproved = self.approvals.refuse_unapproved(delivery, action)
        if unapproved is not None:
            return unapproved
        if delivery.reason == PARENT_GONE:
            parent = Parent(None)
        kept = delivery.post and self.ledger.load_cards(delivery.key, delivery.post)
        if kept is None or (action is Action.SEND and self._needs_another_post(delivery, kept)):
            return self._prepare_new_post(delivery, account, action, parent)
        if delivery.reason == PARENT_GONE:
            kept = replace(kept, reply_to=None)
        return ClaimPrepared(kept, action)

    def _needs_another_post(self, delivery: Delivery, kept: Post) -> bool:
        if delivery.needs_repair or find_first_picture_problem(kept.pictures):
            return True
        is_gone = self.context.find_anniversary(delivery) is None
        return is_gone or self.approvals.applies_to(delivery)

    def _prepare_new_post(
        self, delivery: Delivery, account: Account, action: Action, parent: Parent
    ) -> ClaimPrepared | ClaimRefused:
        anniversary = self.context.find_anniversary(delivery)
        if anniversary is None:
            return self._refuse_without_event(delivery)
        limits = self.network_facts[account.name].limits
        # What is only looked for was worded when it was due: later it would not say "today".
        leaves_at = delivery.due_at if action is Action.FIND else self.clock.now()
        post = self.context.compose_post(anniversary, account, limits, leaves_at)
        post = replace(post, key=str(delivery.key), reply_to=parent.receipt_id)
        return self._apply_budget(account, post, action)

    def _refuse_without_event(self, delivery: Delivery) -> ClaimRefused:
        if delivery.state is State.UNKNOWN:
            return ClaimRefused(State.HELD, EVENT_IS_GONE)
        if is_left_to_another(self.ledger, delivery, self.schedule_since):
            return ClaimRefused(State.WAITING, LEFT_TO_ANOTHER, self.clock.now() + LEFT_FOR)
        return ClaimRefused(State.SKIPPED, EVENT_IS_GONE)

    def _wait_for_bug(self, delivery: Delivery, error: Exception) -> ClaimRefused:
        logger.error(
            "a post could not be composed", extra={"key": str(delivery.key)}, exc_info=error
        )
        reason = f"it could not be composed, because of a bug in Perihelion: {error!r}"
        return self._wait_for_repair(delivery, reason)

    def _wait_for_repair(self, delivery: Delivery, problem: str) -> ClaimRefused:
        """A fault of this machine is never final: no request left, and no attempt is counted."""
        reason = make_single_line(self.context.redact(format_repair_reason(problem)))
        if delivery.state is State.UNKNOWN:
            return ClaimRefused(State.UNKNOWN, reason, self.ledger.wall_clock() + REPAIR_PAUSE)
        return ClaimRefused(State.WAITING, reason, self.clock.now() + REPAIR_PAUSE)

    def _apply_budget(
        self, account: Account, post: Post, action: Action
    ) -> ClaimPrepared | ClaimRefused:
        """The post, if the account's budget allows it, on networks that charge for posts.

        A rehearsal's posts count in the month that it rehearses, not in the present one.
        """
        network = self.context.networks[account.name]
        if action is not Action.SEND or not _is_paid_network(type(network)):
            return ClaimPrepared(post, action)
        assert isinstance(network, PaidNetwork)  # noqa: S101 - the same check, for mypy
        now, real_period_start = self.clock.now(), network.billed_since(self.clock.real_now())
        earlier, period_start = (
            self.ledger.list_posts_since(account.name, real_period_start),
            network.billed_since(now),
        )
        if period_start != real_period_start:
            earlier = [o for o in earlier if datetime.fromisoformat(o.created_at) >= period_start]
        budget = network.check_budget(post, earlier, now)
        if budget.post is None:
            return ClaimRefused(State.WAITING, budget.reason, budget.wait_until or now)
        return ClaimPrepared(budget.post, action)
