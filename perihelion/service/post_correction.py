"""What a correction of a published post will say, as the schedule has its event now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.model.corrections import UNFINISHED_STATES, Correction, Means
from perihelion.model.deliveries import State
from perihelion.model.errors import CompositionError, IllegalTransition, UsageError
from perihelion.networks.base import PaidNetwork
from perihelion.publish.corrections import (
    HELD_REASON,
    Corrector,
    choose_means,
    find_target,
    is_corrected,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery, DeliveryKey
    from perihelion.model.posts import Limits, Post, Receipt
    from perihelion.networks.base import Network
    from perihelion.service.enabled_accounts import EnabledAccount
    from perihelion.service.wiring import App

READ_BACK = timedelta(days=2)
"""How much older than its due time a post may be: it may have left early, and clocks differ."""

LABELS = {
    "en": "Correction",
    "de": "Korrektur",
    "es": "Corrección",
    "fr": "Correction",
    "it": "Correzione",
    "nl": "Correctie",
    "pt": "Correção",
}
"""How a reply begins, by language; other languages begin with the English word."""


@dataclass(frozen=True, slots=True)
class CorrectionPlan:
    """What would be sent: how, the text before, and the post."""

    means: Means
    before: str
    post: Post
    url: str


@dataclass(frozen=True, slots=True)
class PublishedDelivery:
    """A delivery that was sent, its post as readers see it now, and its corrections so far."""

    app: App
    delivery: Delivery
    account: EnabledAccount
    network: Network
    target: Receipt
    text: str
    corrections: Sequence[Correction]

    @property
    def unfinished(self) -> Correction | None:
        """The correction that has not come to an end, if there is one."""
        return next((one for one in self.corrections if one.state in UNFINISHED_STATES), None)

    def plan(self, ledger: Ledger, *, prefers_reply: bool) -> CorrectionPlan | None:
        """What to send; None if readers have it already.

        Raises IllegalTransition where it cannot be corrected, and CompositionError.
        """
        means = choose_means(self.network, prefers_reply=prefers_reply)
        anniversary = self.app.find_anniversary(self.delivery)
        original = self.delivery.post
        if anniversary is None or original is None:
            raise CompositionError(f"{self.delivery.key}: its event is no longer in the schedule")
        made_at = datetime.fromisoformat(original.created_at)

        def compose(limits: Limits) -> Post:
            account = self.account.account
            return self.app.compose_post(anniversary, account, limits, made_at, draws_cards=False)

        new = compose(self.network.limits)
        if is_corrected(new.text, self.text, self.corrections):
            return None
        if any(one.state is State.HELD for one in self.corrections):
            raise IllegalTransition(f"{self.delivery.key}: {HELD_REASON}; then correct it --done")
        if means is Means.EDIT:
            post = replace(
                new,
                key=str(self.delivery.key),
                pictures=original.pictures,
                reply_to=original.reply_to,
            )
        else:
            label = LABELS.get(new.language.partition("-")[0], LABELS["en"])
            limits = self.network.limits
            length = limits.length - len(f"{label}: ")
            post = self._make_reply(
                compose(replace(limits, length=length, caption_length=None)), label
            )
            self._require_budget(ledger, post)
        return CorrectionPlan(means, self.text, post, self.target.url or self.target.id)

    def open_corrector(self, ledger: Ledger) -> Corrector:
        """What sends it."""
        return Corrector(
            ledger,
            self.network,
            self.target,
            self.delivery.due_at - READ_BACK,
            self.app.clock.now,
            self.app.settings.patience,
            self.app.redact,
        )

    def _make_reply(self, new: Post, label: str) -> Post:
        now = self.app.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return replace(
            new,
            text=f"{label}: {new.text}",
            created_at=now,
            pictures=(),
            reply_to=self.target.id,
            key=f"{self.delivery.key}#{len(self.corrections) + 1}",
        )

    def _require_budget(self, ledger: Ledger, post: Post) -> None:
        if not isinstance(self.network, PaidNetwork):
            return
        now = self.app.clock.now()
        earlier = ledger.list_posts_since(self.account.account.name, self.network.billed_since(now))
        result = self.network.check_budget(post, earlier, now)
        if result.post is None:
            raise IllegalTransition(f"{self.delivery.key}: {result.reason}")


def open_published(app: App, ledger: Ledger, key: DeliveryKey) -> PublishedDelivery:
    """The published delivery `key`, with its account connected.

    Raises UsageError if its account is not on, DeliveryNotFound, and IllegalTransition if it was
    not sent.
    """
    enabled = next((one for one in app.enabled_accounts if one.account.name == key.account), None)
    if enabled is None:
        raise UsageError(f"the account {key.account} is not on: set its variables")
    delivery, corrections = ledger.get_delivery(key), ledger.list_corrections(key)
    target, text = find_target(delivery, corrections)
    network = app.connect_account(enabled, ledger)
    return PublishedDelivery(app, delivery, enabled, network, target, text, corrections)
