"""One pass over everything due, and what both `once` and `run` need around a courier."""

from __future__ import annotations

import logging
import random
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion import __version__
from perihelion.ledger.migrate import HEAD
from perihelion.ledger.values import Action
from perihelion.model.deliveries import State
from perihelion.publish.courier import Courier
from perihelion.publish.manners import Manners
from perihelion.service.alerts import Alerts
from perihelion.service.redaction import Redactor, secrets_in
from perihelion.service.stopping import GRACE_SECONDS, stopped_by_signals

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Claim, Settlement
    from perihelion.model.deliveries import DeliveryKey
    from perihelion.service.wiring import App

logger = logging.getLogger(__name__)

_BAD = (State.REJECTED, State.HELD)
_GO_ON = (State.WAITING, State.UNKNOWN, State.SENDING)
LINGER = timedelta(seconds=15)
"""How long `once` waits for what a short pause has put off."""

_LEVELS = {
    State.SENT: logging.INFO,
    State.WAITING: logging.WARNING,
    State.UNKNOWN: logging.WARNING,
    State.REJECTED: logging.ERROR,
    State.HELD: logging.ERROR,
}


class Tally:
    """What became of the deliveries of this process; tells the log as it happens.

    A worker that runs for months must not `keep` them.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self._settled: dict[DeliveryKey, tuple[Settlement, str]] = {}
        self._broken: set[str] = set()
        self.waiting = 0
        """How many deliveries are left that go on by themselves: waiting, unknown, being sent."""

    @property
    def settled(self) -> list[tuple[Settlement, str]]:
        """The last that is known of each delivery, with its text, in the order it became known."""
        return list(self._settled.values())

    @property
    def wrong(self) -> bool:
        """Whether a person is needed: something was rejected or is held, or an account stopped."""
        settlements = [settlement for settlement, _text in self.settled]
        return any(s.state in _BAD or s.broken for s in settlements)

    def __call__(self, claim: Claim, settlement: Settlement) -> None:
        """Take note of one settlement."""
        if self._keep:
            self._settled.pop(settlement.key, None)
            post = claim.delivery.post
            self._settled[settlement.key] = (settlement, post.text if post else "")
        asked = claim.action is Action.FIND and settlement.state is State.WAITING
        level = logging.INFO if asked else _LEVELS.get(settlement.state, logging.INFO)
        if logger.isEnabledFor(level):
            receipt = settlement.receipt
            url = receipt.url if receipt else None
            about = {"key": str(settlement.key), "reason": settlement.reason, "url": url}
            logger.log(level, settlement.state.value, extra=about)
        self._tell_of_circuit(settlement)

    def _tell_of_circuit(self, settlement: Settlement) -> None:
        account = settlement.key.account
        if settlement.broken and account not in self._broken:
            self._broken.add(account)
            logger.error(
                "account stopped: mend its credentials, then restart",
                extra={"account": account, "reason": settlement.account_reason},
            )
        elif settlement.broken is False:
            self._broken.discard(account)


def set_up_log(app: App, environ: dict[str, str], *, people_see_it: bool = False) -> None:
    """Log as the settings say, with every secret taken out.

    `people_see_it` says that stdout tells a person all that INFO would; the log then keeps to
    what is wrong.
    """
    from perihelion.service.logs import configure  # noqa: PLC0415 - structlog is heavy
    from perihelion.service.settings import LogFormat, LogLevel  # noqa: PLC0415 - as above

    secrets = secrets_in(environ).union(*(connected.secrets for connected in app.on))
    level = app.settings.log_level
    if people_see_it and app.settings.log is LogFormat.CONSOLE and level is LogLevel.INFO:
        level = LogLevel.WARNING
    configure(app.settings.log, level, Redactor(secrets))


def ready_ledger(app: App) -> Ledger:
    """The ledger, made or migrated if need be: a release phase is welcome, not required.

    Raises LedgerUnavailable or LedgerOutdated; then nothing is posted.
    """
    ledger = app.open_ledger()
    before = ledger.version_or_none()
    if before != HEAD:
        ledger.migrate(app.clock.now())
        logger.info("ledger migrated", extra={"before": before, "after": HEAD})
    ledger.enter(__version__, app.clock.real_now())
    return ledger


def make_courier(
    app: App, ledger: Ledger, tally: Tally, *, early: bool, manners: Manners
) -> Courier:
    """A courier for all accounts that are on."""
    return Courier(
        ledger=ledger,
        desk=app.desk(ledger),
        clock=app.clock,
        jitter=random.SystemRandom().random,
        told=tally,
        manners=manners,
        early=early,
    )


def post_once(app: App, *, early: bool) -> Tally:
    """Promise and post everything due, settle what a crash left open, and end.

    `early` counts everything observed today as due now.
    """
    tally = Tally()
    ledger = ready_ledger(app)
    manners = Manners(patience=app.settings.patience)
    courier = make_courier(app, ledger, tally, early=early, manners=manners)
    try:
        with stopped_by_signals(courier.stop):
            courier.warm()
            _run_dry(app, ledger, courier)
            finish(app, courier)
            counts = ledger.counts()
            tally.waiting = sum(counts.get(state, 0) for state in _GO_ON)
            Alerts(app.settings.alerts, ledger).tell()
            ledger.leave(app.clock.real_now())
    finally:
        ledger.close()
    return tally


def _run_dry(app: App, ledger: Ledger, courier: Courier) -> None:
    """Post all there is, and what is ready in a few seconds: the next run may be a day away."""
    end = app.clock.real_now() + LINGER
    while True:
        before = (app.clock.now(), app.clock.real_now())
        courier.run_dry()
        soon = min(waits(app, ledger, *before), default=None)
        left = (end - app.clock.real_now()).total_seconds()
        if courier.stopping or soon is None or soon >= left:
            return
        courier.collect(soon)


def waits(app: App, ledger: Ledger, now: datetime, wall: datetime) -> list[float]:
    """Real seconds until something that the ledger keeps for after these instants is ready.

    A post waits by the almanac's clock, a look-up by the machine's: a rehearsal's are far apart.
    """
    names = [account.name for account in app.accounts]
    ready, look = ledger.next_ready(names, now), ledger.next_look(names, wall)
    found = [] if ready is None else [app.clock.until(ready)]
    left = [] if look is None else [(look - app.clock.real_now()).total_seconds()]
    return found + [max(0.0, seconds) for seconds in left]


def finish(app: App, courier: Courier) -> None:
    """End the courier within its grace."""
    start = app.clock.real_now()

    def in_grace() -> bool:
        return (app.clock.real_now() - start).total_seconds() < GRACE_SECONDS

    courier.finish(in_grace)
