"""One exchange with one Nostr relay over a WebSocket, within its time limit and never repeated."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socket import SHUT_RDWR
from threading import Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from websockets.exceptions import InvalidProxyStatus, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from perihelion.model.errors import NotSent, OutcomeUnknown, PublishError
from perihelion.networks.nostr.refusals import classify_refusal, format_reason
from perihelion.networks.shared.addresses import find_address_problem, is_loopback
from perihelion.networks.shared.connection_errors import describe_cause
from perihelion.networks.shared.error_classification import make_error
from perihelion.networks.shared.http_session import USER_AGENT
from perihelion.networks.shared.json_values import get_int, get_object, get_text
from perihelion.networks.shared.redaction import Redactor, hide_query, list_address_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.networks.nostr.events import Event
    from perihelion.networks.shared.http_client import HttpClient

MAX_FRAME_BYTES = 1_000_000
"""Bytes; a relay that sends a longer message is abandoned."""
MAX_EVENTS = 500
"""How many to request at once; most relays give no more (NIP-11's usual max_limit)."""
SUBSCRIPTION_ID = "perihelion"
CLOSE_TIMEOUT = 1.0
"""Seconds that a relay has for closing the connection."""
RELAY_DEMANDS = {
    "auth_required": "a sign-in (NIP-42), which Perihelion does not support",
    "payment_required": "a payment",
    "restricted_writes": "permission to write",
}
"""What a relay may require before it accepts a note (NIP-11)."""


def parse_relays(text: str) -> tuple[str, ...]:
    """The relays in `text`, separated by commas or spaces, each once.

    Raises ValueError, whose text follows the setting's name, if there is none or one is invalid.
    """
    relays = [one.rstrip("/") for one in re.split(r"[\s,]+", text) if one]
    if not relays:
        raise ValueError("names no relay; write wss://host, several of them separated by commas")
    for relay in relays:
        if problem := find_address_problem(relay, "wss"):
            raise ValueError(f"names {hide_query(relay)}, which {problem}")
    return tuple(dict.fromkeys(relays))


@dataclass(frozen=True, slots=True)
class RelayTimeouts:
    """Seconds for opening a connection, and for the whole exchange with one relay."""

    connect: float
    total: float


def share_deadline(
    relays: tuple[str, ...], seconds: float, max_timeouts: RelayTimeouts
) -> Iterator[tuple[str, RelayTimeouts]]:
    """Each relay with its share of the rest of `seconds`, at most `max_timeouts`."""
    until = time.monotonic() + seconds
    for index, relay in enumerate(relays):
        share = (until - time.monotonic()) / (len(relays) - index)
        yield relay, RelayTimeouts(max_timeouts.connect, max(min(share, max_timeouts.total), 0.1))


def publish_event(relay: str, event: Event, timeouts: RelayTimeouts) -> PublishError | None:
    """Send `event` once and wait for the answer: None if it is accepted, otherwise the error.

    The error is OutcomeUnknown if the event left and no answer came back.
    """
    try:
        with _open_connection(relay, timeouts) as connection:
            return connection.publish_event(event)
    except PublishError as error:
        return error


def query_events(relay: str, filters: list[dict[str, Any]], timeouts: RelayTimeouts) -> list[Any]:
    """All events of the relay that match one of `filters`, unchecked. Raises NotSent."""
    with _open_connection(relay, timeouts) as connection:
        return connection.query_events(filters)


class _RelayConnection:
    """An open connection, and when it must end, by time.monotonic()."""

    def __init__(self, relay: str, connection: ClientConnection, ends_at: float) -> None:
        self._relay, self._connection, self._ends_at = hide_query(relay), connection, ends_at
        self._redact = Redactor(list_address_secrets(relay))
        self._notice = ""

    def publish_event(self, event: Event) -> PublishError | None:
        try:
            self._send_message(["EVENT", event])
            for message in self._read_messages():
                match message:
                    case ["OK", str(number), bool(accepted), *rest]:
                        reason = str(rest[0]) if rest else ""
                        # Some relays refuse without the id; only one event can be meant.
                        if number == event["id"] or (not number and not accepted):
                            return self._classify_ok(event, reason, accepted=accepted)
        except (WebSocketException, OSError) as error:
            return self._unknown_error(describe_cause(error))
        return self._unknown_error("no answer in time")

    def query_events(self, filters: list[dict[str, Any]]) -> list[Any]:
        found: list[Any] = []
        try:
            self._send_message(["REQ", SUBSCRIPTION_ID, *filters])
            for message in self._read_messages():
                match message:
                    case ["EVENT", str(name), event] if name == SUBSCRIPTION_ID:
                        found.append(event)
                    case ["EOSE", str(name)] if name == SUBSCRIPTION_ID:
                        return found
                    case ["CLOSED", str(name), *rest] if name == SUBSCRIPTION_ID:
                        raise NotSent(
                            f"{self._relay} does not answer: {format_reason(rest, self._redact)}"
                        )
        except (WebSocketException, OSError) as error:
            raise NotSent(f"{self._relay} broke off ({describe_cause(error)})") from error
        raise NotSent(f"{self._relay} did not answer in time{self._notice}")

    def _classify_ok(self, event: Event, reason: str, *, accepted: bool) -> PublishError | None:
        prefix = reason.partition(":")[0].strip()
        if prefix == "duplicate":
            return self._confirm_duplicate(event)
        if accepted:
            return None
        kind = classify_refusal(reason)
        return make_error(kind, f"{self._relay} refused: {format_reason([reason], self._redact)}")

    def _confirm_duplicate(self, event: Event) -> PublishError | None:
        """None if the relay shows the event, which it calls a duplicate.

        A relay may say so of what it has deleted, or has seen and not kept.
        """
        try:
            shown = self.query_events([{"ids": [event["id"]]}])
        except NotSent as error:
            return self._unknown_error(f"it calls it a duplicate, but: {error}")
        if any(get_text(one, "id") == event["id"] for one in shown):
            return None
        return self._unknown_error("it calls it a duplicate, but does not show it")

    def _unknown_error(self, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(f"{self._relay} may have accepted the note: {why}{self._notice}")

    def _send_message(self, message: list[Any]) -> None:
        self._connection.send(json.dumps(message, ensure_ascii=False, separators=(",", ":")))

    def _read_messages(self) -> Iterator[Any]:
        """The relay's messages until its time is up, without those that are not JSON."""
        while (left := self._ends_at - time.monotonic()) > 0:
            try:
                message = json.loads(self._connection.recv(timeout=left))
            except TimeoutError:
                return
            except (ValueError, RecursionError):
                continue
            match message:
                case ["NOTICE", *rest]:
                    self._notice = f" (its notice: {format_reason(rest, self._redact)})"
            yield message


def fetch_relay_rules(http: HttpClient, relay: str) -> str:
    """The relay's requirements, for `doctor`; empty if it states none. Makes one GET."""
    headers = {"Accept": "application/nostr+json"}
    try:
        answer = http.request("a relay's rules", "GET", f"http{relay[2:]}", headers=headers)
    except PublishError:
        return ""
    limits = get_object(answer.data, "limitation")
    demands = [text for name, text in RELAY_DEMANDS.items() if limits.get(name) is True]
    if (work := get_int(limits, "min_pow_difficulty")) > 0:
        demands.append(f"proof of work ({work} bits), which Perihelion does not support")
    if (length := get_int(limits, "max_content_length")) > 0:
        demands.append(f"notes of at most {length} characters")
    return ", ".join(demands)


@contextmanager
def _open_connection(relay: str, timeouts: RelayTimeouts) -> Iterator[_RelayConnection]:
    """A connection that ends in time, whatever blocks. Raises NotSent if there is none."""
    until, name = time.monotonic() + timeouts.total, hide_query(relay)
    try:
        connection = connect(
            relay,
            open_timeout=min(timeouts.connect, timeouts.total),
            close_timeout=CLOSE_TIMEOUT,
            ping_interval=None,
            compression=None,
            max_size=MAX_FRAME_BYTES,
            user_agent_header=USER_AGENT,
            proxy=None if is_loopback(urlsplit(relay).hostname or "") else True,
        )
    except InvalidStatus as error:
        raise NotSent(f"{name} answers {error.response.status_code}") from error
    except InvalidProxyStatus as error:
        why = f"the proxy: answers {error.response.status_code}"
        raise NotSent(f"no connection to {name} ({why})") from error
    except ImportError as error:
        raise NotSent(f"no connection to {name} ({error})") from error  # of a SOCKS proxy's library
    except (OSError, WebSocketException, ValueError) as error:
        raise NotSent(f"no connection to {name} ({describe_cause(error)})") from error
    timer = Timer(
        max(until - time.monotonic(), 0) + CLOSE_TIMEOUT, _abort_connection, (connection,)
    )
    timer.daemon = True
    timer.start()
    try:
        with connection:
            yield _RelayConnection(relay, connection, until)
    finally:
        timer.cancel()


def _abort_connection(connection: ClientConnection) -> None:
    """End even a send that the relay does not read, and which has no timeout of its own."""
    with suppress(OSError):
        connection.socket.shutdown(SHUT_RDWR)
