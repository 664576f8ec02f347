"""A faithful fake of a Nostr relay (NIP-01, NIP-11), which breaks its answers on demand."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coincurve import PublicKeyXOnly
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.http11 import Request, Response


@dataclass(frozen=True, slots=True)
class RelayFault:
    """How the answer to one message is spoiled.

    `acted`: the event is kept all the same. `say` are frames in the place of the answer, where
    {id} stands for the event's id; then the relay may `cut` the line, or `hang`. `drip`: the same
    frame again and again, so many seconds apart.
    """

    acted: bool = True
    frames: tuple[str | bytes, ...] = ()
    cut: bool = False
    hang: bool = False
    drip: float = 0


@dataclass(slots=True)
class FakeRelay:
    """One relay on a free loopback port, until `close`."""

    says_false_to_duplicates: bool = False
    """As nostr-relay does; NIP-01 wants true."""
    forgets: bool = False
    """Calls every event a duplicate and keeps none."""
    refusal: str | None = None
    """Why no event is taken, if none is."""
    refuses_without_id: bool = False
    max_events: int = 500
    rules: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    received: list[list[Any]] = field(default_factory=list)
    faults: list[tuple[str, RelayFault]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    _server: Server | None = None
    _thread: threading.Thread | None = None

    def serve(self) -> FakeRelay:
        """Start, and give oneself."""
        self._server = serve(
            self._handle_connection,
            "127.0.0.1",
            0,
            process_request=self._send_relay_info,
            compression=None,
            ping_interval=None,
            close_timeout=1,
        )
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        self.closing.set()
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
        self._server = None

    def break_next(self, verb: str, fault: RelayFault) -> None:
        """Spoil the answer to the next message that begins with `verb`."""
        self.faults.append((verb, fault))

    def offered_events(self) -> list[dict[str, Any]]:
        """Every event that was sent here, kept or not."""
        return [message[1] for message in self.received if message[0] == "EVENT"]

    def _send_relay_info(self, connection: ServerConnection, request: Request) -> Response | None:
        if "nostr+json" not in request.headers.get("Accept", ""):
            return None
        made = connection.respond(200, json.dumps({"name": "fake", "limitation": self.rules}))
        del made.headers["Content-Type"]
        made.headers["Content-Type"] = "application/nostr+json"
        return made

    def _handle_connection(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed, OSError):
            for frame in connection:
                message = json.loads(frame)
                self.received.append(message)
                fault = self._take_fault(message[0])
                if fault:
                    self._apply_fault(connection, fault, message)
                else:
                    for answer in self._answer_message(message):
                        connection.send(json.dumps(answer))

    def _take_fault(self, verb: str) -> RelayFault | None:
        for index, (wanted, fault) in enumerate(self.faults):
            if wanted == verb:
                del self.faults[index]
                return fault
        return None

    def _apply_fault(
        self, connection: ServerConnection, fault: RelayFault, message: list[Any]
    ) -> None:
        number = message[1]["id"] if message[0] == "EVENT" else message[1]
        if fault.acted:
            self._answer_message(message)
        for frame in fault.frames:
            connection.send(frame.replace("{id}", number) if isinstance(frame, str) else frame)
        while fault.drip and not self.closing.wait(fault.drip):
            connection.send('["NOTICE","busy"]')
        if fault.cut:
            linger = struct.pack("ii", 1, 0)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close_socket()
        if fault.hang:
            self.closing.wait(30)

    def _answer_message(self, message: list[Any]) -> list[list[Any]]:
        if message[0] == "EVENT":
            return [self._store_event(message[1])]
        if message[0] == "REQ":
            name, *filters = message[1:]
            found = [
                e for e in reversed(self.events) if any(_matches_filter(e, f) for f in filters)
            ]
            found.sort(key=lambda event: -event["created_at"])
            most = min(
                self.max_events,
                *(f.get("limit", self.max_events) for f in filters),
                self.max_events,
            )
            return [*(["EVENT", name, event] for event in found[:most]), ["EOSE", name]]
        return []

    def _store_event(self, event: dict[str, Any]) -> list[Any]:
        number = event["id"]
        if self.refusal is not None:
            return ["OK", "" if self.refuses_without_id else number, False, self.refusal]
        if not is_signed(event):
            return ["OK", number, False, "invalid: bad signature"]
        if self.forgets or any(one["id"] == number for one in self.events):
            return ["OK", number, not self.says_false_to_duplicates, "duplicate: have this event"]
        self.events.append(event)
        return ["OK", number, True, ""]


def is_signed(event: dict[str, Any]) -> bool:
    """NIP-01, spelled out a second time on purpose: the adapter's own code proves nothing."""
    content = [0, event["pubkey"], event["created_at"], event["kind"], event["tags"]]
    text = json.dumps([*content, event["content"]], separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).digest()
    key = PublicKeyXOnly(bytes.fromhex(event["pubkey"]))
    return digest.hex() == event["id"] and key.verify(bytes.fromhex(event["sig"]), digest)


def _matches_filter(event: dict[str, Any], wanted: dict[str, Any]) -> bool:
    tests: dict[str, Callable[[Any], bool]] = {
        "ids": lambda ids: event["id"] in ids,
        "authors": lambda authors: event["pubkey"] in authors,
        "kinds": lambda kinds: event["kind"] in kinds,
        "since": lambda since: event["created_at"] >= since,
        "until": lambda until: event["created_at"] <= until,
        "limit": lambda _limit: True,
    }
    return all(tests[name](value) for name, value in wanted.items())
