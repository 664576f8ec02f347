"""No post leaves without the approval that it needs, and none whose words have changed since."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.ledger.values import Action, ClaimRefused
from perihelion.model.approval_rules import describe_missing_approval, hash_words, needs_approval
from perihelion.model.approvals import NOT_APPROVED, UnapprovedRule, Verdict
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerError
from perihelion.publish.differing_schedules import is_left_to_another

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.approvals import SignOff
    from perihelion.model.deliveries import Delivery, DeliveryKey
    from perihelion.publish.context import NetworkFacts, PublishContext

logger = logging.getLogger(__name__)

RELEASED = "its words are approved"
"""The reason of a delivery that went on once it was approved."""


@dataclass(frozen=True, slots=True)
class ApprovalGate:
    """Judges the deliveries of the accounts in `network_facts` by the approvals that there are."""

    ledger: Ledger
    context: PublishContext
    network_facts: Mapping[str, NetworkFacts]
    schedule_since: datetime
    """Since when this worker uses its schedule."""

    def applies_to(self, delivery: Delivery) -> bool:
        """Whether somebody has to approve the words of `delivery`."""
        return self._find_subject(delivery) is not None

    def refuse_unapproved(self, delivery: Delivery, action: Action) -> ClaimRefused | None:
        """Why nothing is sent without an approval; None if it is there, or not needed.

        What may be out is only looked up; it is not repeated once its approval was withdrawn.
        Raises CompositionError.
        """
        subject = None if action is Action.FIND else self._find_subject(delivery)
        if subject is None:
            return None
        if action is Action.RESEND:
            return self._refuse_withdrawn(delivery)
        missing = self._describe_missing(delivery, subject)
        account = self.context.accounts[delivery.key.account]
        if not missing:
            return None
        if account.unapproved is UnapprovedRule.SKIP:
            return ClaimRefused(State.SKIPPED, f"{NOT_APPROVED}: it {missing}")
        return ClaimRefused(State.HELD, f"{missing}: {format_approve_hint(delivery.key)}")

    def release_approved(self, now: datetime) -> None:
        """Let go on what was held for want of an approval and has it by now; its time may be past.

        It is judged once more when it is claimed.
        """
        for delivery in self.ledger.list_deliveries([State.HELD]):
            if not delivery.awaits_approval or delivery.key.account not in self.network_facts:
                continue
            try:
                reason = self._find_reason_to_release(delivery)
            except LedgerError:
                raise
            except Exception as error:  # noqa: BLE001 - what cannot be worded now stays held
                about = {"key": str(delivery.key), "reason": self.context.redact(repr(error))}
                logger.warning("not released", extra=about)
                continue
            if reason:
                self.ledger.release_approved(delivery.key, reason, now)

    def _find_reason_to_release(self, delivery: Delivery) -> str:
        """Empty if it still awaits its approval."""
        subject = self._find_subject(delivery)
        if subject is None:  # the schedule asks for no approval any more, or its event is gone
            is_gone = self.context.find_anniversary(delivery) is None
            is_left = is_gone and is_left_to_another(self.ledger, delivery, self.schedule_since)
            return "" if is_left else "it needs no approval now"
        return "" if self._describe_missing(delivery, subject) else RELEASED

    def _refuse_withdrawn(self, delivery: Delivery) -> ClaimRefused | None:
        latest = self._find_latest(delivery.key)
        if latest is None or latest.verdict is Verdict.APPROVED:
            return None
        resolve = f"python bot.py resolve {delivery.key}"
        return ClaimRefused(
            State.HELD,
            f"cannot tell whether it was published, and {latest.by} has withdrawn the approval: "
            f"look at the account, then `{resolve} --sent URL` or `--skip`",
        )

    def _find_subject(self, delivery: Delivery) -> Anniversary | None:
        """The anniversary whose words somebody has to approve; None if nobody has to."""
        account = self.context.accounts.get(delivery.key.account)
        anniversary = self.context.find_anniversary(delivery) if account else None
        if account is None or anniversary is None:
            return None
        return anniversary if needs_approval(account, anniversary.event) else None

    def _describe_missing(self, delivery: Delivery, subject: Anniversary) -> str:
        """By the words that it has at its time: if it leaves late, only "today" is another word.

        It is worded only where somebody has approved it: each round asks again what is held.
        """
        latest = self._find_latest(delivery.key)
        if latest is None or latest.verdict is Verdict.WITHDRAWN:
            return describe_missing_approval(subject.event, "", latest)
        account = self.context.accounts[delivery.key.account]
        limits = self.network_facts[account.name].limits
        post = self.context.compose_post(subject, account, limits, delivery.due_at)
        return describe_missing_approval(subject.event, hash_words(post), latest)

    def _find_latest(self, key: DeliveryKey) -> SignOff | None:
        return next(reversed(self.ledger.list_sign_offs([key])), None)


def format_approve_hint(key: DeliveryKey) -> str:
    """What to ask of a person who may approve a delivery."""
    return f"read it and run `python bot.py approve {key} --by NAME`, or `resolve {key} --skip`"
