"""Alerts for the operator, each sent once: what needs a person, and missed posts.

They go through Apprise to the addresses in PERIHELION_ALERTS. The ledger records what was sent, so
that no restart and no second worker sends it again.
"""

from __future__ import annotations

import hashlib
import logging
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from perihelion.model.deliveries import State
from perihelion.model.errors import ConfigurationError, LedgerError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.console import format_count
from perihelion.service.local_faults import list_repairs
from perihelion.service.program import IN_A_CLONE, Program
from perihelion.service.sent_alerts import save_sent_alert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from apprise import Apprise

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery
    from perihelion.networks.base import Secret
    from perihelion.service.attention import Attention
    from perihelion.service.audit import AccountAudit

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 1000
"""How many deliveries of each state are considered: older ones were reported long ago."""

_TOLD_AGAIN = ("stopped", "repair", State.REJECTED)
"""What is alerted again if it comes back after it was settled."""

EVENING_KEYS = "alert:evening:"
"""How the dedupe keys of what is sent the evening before begin."""

MAX_LINES = 20
"""How many deliveries one alert lists."""


class Alert(NamedTuple):
    """One alert; it is sent if any of its `dedupe_keys` is new.

    Each key ends with a semicolon, so that no key is a prefix of another: flags are cleared by
    prefix.
    """

    dedupe_keys: tuple[str, ...]
    title: str
    text: str


class Alerts:
    """Sends what the ledger says and was not sent yet; without addresses, sends nothing."""

    def __init__(self, addresses: Secret, ledger: Ledger, program: Program = IN_A_CLONE) -> None:
        self._ledger, self._program = ledger, program
        self._senders = open_addresses(addresses)

    def send_new(self, attention: Sequence[Attention] = ()) -> None:
        """Send what is new in the ledger and in `attention`, which the ledger alone cannot tell.

        If an address or the ledger fails, that is logged, and the next call tries again.
        """
        if not self._senders:
            return
        try:
            self._send_unsent(attention)
        except LedgerError as error:
            logger.warning("alerts are delayed", extra={"reason": str(error)})

    def send_attention(self, attention: Sequence[Attention]) -> None:
        """Send what is new in `attention`, and nothing else. Raises LedgerError."""
        self._send_once(list(map(_make_attention_alert, attention)))

    def send_audit(self, audits: Sequence[AccountAudit]) -> None:
        """Send the differences that were not sent yet, in one alert. Raises LedgerError."""
        findings = [one for audit in audits for one in audit.findings]
        keys = [f"alert:audit:{one.difference}:{one.key}:{one.url};" for one in findings]
        lines = _shorten_list([f"{one.difference} {one.key}: {one.text}" for one in findings])
        title = f"audit: {format_count(len(findings), 'differences')} from the timelines"
        if findings and self._senders:
            more = "`python bot.py audit` shows them all; nothing is posted again by itself."
            self._send_once([Alert(tuple(keys), title, "\n".join([*lines, more]))])

    def send_evening(self, alerts: Sequence[Alert]) -> None:
        """Send those that were not sent yet; what is not among them may be sent again later.

        Raises LedgerError.
        """
        self._send_once(alerts)
        names = {name for alert in alerts for name in alert.dedupe_keys}
        self._ledger.clear_flags(EVENING_KEYS, names)

    def _send_unsent(self, attention: Sequence[Attention]) -> None:
        current = [*map(_make_attention_alert, attention), *_find_alerts(self._ledger)]
        self._send_once(current)
        names = {name for alert in current for name in alert.dedupe_keys}
        for need in _TOLD_AGAIN:
            self._ledger.clear_flags(f"alert:{need}:", names)

    def _send_once(self, alerts: Sequence[Alert]) -> None:
        already_sent = self._ledger.list_flags("alert:")
        for alert in alerts:
            unsent = [key for key in alert.dedupe_keys if key not in already_sent]
            new = [key for key in unsent if self._ledger.set_flag_once(key)]
            if new:
                self._send_alert(alert, new)

    def _send_alert(self, alert: Alert, new: Sequence[str]) -> None:
        text = self._program.name_commands(alert.text)
        taken = [_notify(sender, alert.title, text) for sender in self._senders]
        if all(taken):
            logger.info("alert sent", extra={"alert": alert.title})
            save_sent_alert(self._ledger, alert.title)
            return
        for name in new:
            self._ledger.clear_flags(name, set())
        logger.error("alert not sent; it will be retried", extra={"alert": alert.title})


def _find_alerts(ledger: Ledger) -> Iterator[Alert]:
    for account in ledger.list_accounts():
        if account.credentials_refused:
            text = f"{account.reason}\nFix that, then restart; its posts wait."
            yield Alert((f"alert:stopped:{account.name};",), f"{account.name} is stopped", text)
    for delivery in ledger.list_deliveries([State.HELD], MAX_DELIVERIES):
        yield Alert((_format_dedupe_key(delivery),), f"{delivery.key} is held", delivery.reason)
    by_reason = attrgetter("reason")
    for reason, waiting in groupby(sorted(list_repairs(ledger), key=by_reason), key=by_reason):
        yield _make_repair_alert(reason, list(waiting))
    by_day = attrgetter("day")
    for state in (State.REJECTED, State.MISSED):
        found = ledger.list_deliveries([state], MAX_DELIVERIES)
        for day, deliveries in groupby(sorted(found, key=by_day), key=by_day):
            yield _make_day_alert(state, day, list(deliveries))


def _make_repair_alert(reason: str, deliveries: Sequence[Delivery]) -> Alert:
    """One alert for each fault, however many posts wait for its repair."""
    fault = hashlib.sha256(reason.encode()).hexdigest()[:16]
    lines = [reason, "Sent as soon as it is repaired:"]
    lines += _shorten_list([str(delivery.key) for delivery in deliveries])
    title = f"{format_count(len(deliveries), 'posts')} waiting for a repair"
    return Alert((f"alert:repair:{fault};",), title, "\n".join(lines))


def _make_day_alert(state: State, day: date, deliveries: Sequence[Delivery]) -> Alert:
    """One alert for each day: after an outage of weeks there may be hundreds of posts."""
    lines = _shorten_list([f"{delivery.key}: {delivery.reason}" for delivery in deliveries])
    if state is State.REJECTED:
        lines.append("When you have seen to it: python bot.py resolve KEY --retry (or --skip)")
    title = f"{day}: {format_count(len(deliveries), 'posts')} {state}"
    return Alert(tuple(map(_format_dedupe_key, deliveries)), title, "\n".join(lines))


def _shorten_list(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MAX_LINES
    rest = [f"... and {more} more: python bot.py status"] if more > 0 else []
    return [*lines[:MAX_LINES], *rest]


def _make_attention_alert(attention: Attention) -> Alert:
    key = f"alert:{attention.need}:{attention.subject};"
    title = f"{attention.subject}: {attention.need.value.replace('-', ' ')}"
    return Alert((key,), title, attention.text)


def _format_dedupe_key(delivery: Delivery) -> str:
    return f"alert:{delivery.state}:{delivery.key}:{delivery.attempts};"


def open_addresses(addresses: Secret) -> list[Apprise]:
    """One sender for each address, in order; no connection is made.

    Raises ConfigurationError, which shows no address, unless Apprise takes them all.
    """
    if not addresses.reveal().strip():
        return []
    try:
        from apprise import Apprise  # noqa: PLC0415 - heavy, and only needed with an address
    except ImportError:
        raise _make_error("needs Apprise: run `pip install apprise`, or unset it") from None
    senders = []
    for number, address in enumerate(addresses.reveal().split(), 1):
        sender = Apprise()
        if not _add_address(sender, address):
            which = _name_address(number, address)
            raise _make_error(f"has one that Apprise does not support: {which}; see its guide")
        senders.append(sender)
    return senders


def _add_address(sender: Apprise, address: str) -> bool:
    """Whether Apprise takes the address; its own log would show it."""
    log = logging.getLogger("apprise")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        return bool(sender.add(address))
    finally:
        log.setLevel(level)


def send_to_each(addresses: Secret, title: str, text: str) -> list[tuple[str, bool]]:
    """Send a message to each address: which one, without its secrets, and whether it was taken."""
    texts = addresses.reveal().split()
    return [
        (_name_address(number, address), _notify(sender, title, text))
        for number, (address, sender) in enumerate(
            zip(texts, open_addresses(addresses), strict=True), 1
        )
    ]


def _notify(sender: Apprise, title: str, text: str) -> bool:
    return bool(sender.notify(title=title, body=text))


def _name_address(number: int, address: str) -> str:
    scheme = address.partition("://")[0] if "://" in address else "no scheme"
    return f"address {number}, {scheme}"


def _make_error(problem: str) -> ConfigurationError:
    location = SourceLocation("environment")
    return ConfigurationError([Mistake(location, "alerts", f"PERIHELION_ALERTS {problem}")])
