"""From the schedule that a worker posts by to the one that was saved, between two of its cycles."""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

from perihelion.service.attention import Attention, Need
from perihelion.service.reload import Refused

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.networks.base import Network
    from perihelion.publish.context import PublishContext
    from perihelion.publish.delivery_loop import DeliveryLoop
    from perihelion.service.live_schedule import LiveSchedule
    from perihelion.service.wiring import App

logger = logging.getLogger(__name__)

_IN_USE = "what was read before stays in use until it is corrected"


class ScheduleSwitch:
    """Switches one worker's delivery loop from `app` to what its files say since."""

    def __init__(
        self, app: App, ledger: Ledger, delivery_loop: DeliveryLoop, live: LiveSchedule
    ) -> None:
        self._app, self._ledger, self._live = app, ledger, live
        self._delivery_loop = delivery_loop
        self._networks = delivery_loop.context.networks
        self._next: tuple[App, PublishContext] | None = None
        self.refusal: Attention | None = None
        """Why what the files say now is not used; None if it is."""

    def start(self) -> None:
        """Begin to look for changes."""
        self._live.start(self._delivery_loop.wake)

    def stop(self) -> None:
        """Look no more."""
        self._live.stop()

    def switch(self) -> App | None:
        """The App that is in use from now on, if it is another one. Raises LedgerUnavailable.

        It may take until a later call: an account that it changes first finishes what it sends.
        """
        found = self._live.take()
        if isinstance(found, Refused):
            self._refuse(found)
        elif found is not None:
            context = found.make_publish_context(self._ledger, self._connect(found))
            self._next, self.refusal = (found, context), None
        if self._next is None:
            return None
        app, context = self._next
        if app.accounts != self._app.accounts:
            names = {account.name: account.network for account in app.accounts}
            self._ledger.register_accounts(names, app.clock.now())
        if not self._delivery_loop.use_context(context):
            return None
        if self.refusal is None:
            self._ledger.clear_flags(f"alert:{Need.NOT_RELOADED}:", set())
        self._app, self._networks, self._next = app, context.networks, None
        logger.info("reloaded", extra={"events": len(app.schedule.events)})
        gc.unfreeze()  # what was in use is now garbage, with cycles in it
        gc.collect()
        gc.freeze()
        return app

    def _connect(self, app: App) -> dict[str, Network]:
        """An adapter for each account: the one that it has, unless the account is another."""
        same = [one for one in app.enabled_accounts if one in self._app.enabled_accounts]
        kept = {one.account.name: self._networks[one.account.name] for one in same}
        return {
            one.account.name: kept.get(one.account.name) or app.connect_account(one, self._ledger)
            for one in app.enabled_accounts
        }

    def _refuse(self, refused: Refused) -> None:
        text = f"{refused.error}\n{_IN_USE}"
        where = str(refused.error.mistakes[0].location)
        refusal = Attention(Need.NOT_RELOADED, where, text)
        if refusal != self.refusal:
            logger.error("the changed files are not used; %s:\n%s", _IN_USE, refused.error)
        self.refusal = refusal
