"""A small HTTP server for tests: it records every request, and breaks its answers on demand.

`FakeServer(app)` serves `app(request) -> Reply` on loopback. `break_next(fault, matches)` spoils
the answer to the next request that matches: another status, a cut connection, a hang, a drip.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from ssl import SSLContext


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body."""

    name: str
    data: bytes
    filename: str | None = None
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        return json.loads(self.body or b"null")

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)

    @property
    def parts(self) -> dict[str, Part]:
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = message_from_bytes(head + self.body, policy=policy.HTTP)
        assert isinstance(message, EmailMessage)
        found = {}
        for part in message.iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            found[name] = Part(name, payload, part.get_filename(), part.get_content_type())
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `data` as JSON, or `body` as it is."""

    status: int = 200
    data: Any = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        body = json.dumps(self.data).encode() if self.body is None else self.body
        kind = "application/json" if self.body is None else "text/html"
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} Said", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True, slots=True)
class Fault:
    """How an answer is spoiled.

    `acted`: the application handles the request first, so that the post exists all the same.
    `reply` stands in for the application's answer. `cut_after` bytes of the answer the connection
    is reset; `hang`: no answer at all; `drip`: one byte each so many seconds.
    """

    reply: Reply | None = None
    acted: bool = False
    cut_after: int | None = None
    hang: bool = False
    drip: float = 0


class FakeServer:
    """Serves `app` on a free loopback port, in threads, until `close`; with `tls` as HTTPS.

    Its answers have a Date if there is a clock `now`. It also serves the requests that a client
    sends to it as to a plain HTTP proxy.
    """

    def __init__(
        self,
        app: Callable[[Request], Reply],
        tls: SSLContext | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.app, self._now = app, now
        self.requests: list[Request] = []
        self.errors: list[Exception] = []
        """What `app` raised; `close` raises the first one."""
        self._faults: list[tuple[Fault, Callable[[Request], bool]]] = []
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._http = _Server(("127.0.0.1", 0), self)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
            self.url = f"https://localhost:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def break_next(self, fault: Fault, matches: Callable[[Request], bool]) -> None:
        """Spoil the answer to the next request that matches."""
        self._faults.append((fault, matches))

    def take_fault(self, request: Request) -> Fault | None:
        """Record a request, and give the fault that waits for it."""
        with self._lock:
            self.requests.append(request)
            for index, (fault, matches) in enumerate(self._faults):
                if matches(request):
                    del self._faults[index]
                    return fault
        return None

    def answer(self, request: Request) -> Reply:
        """What `app` answers; a 500 if it raises, which `close` then shows."""
        try:
            reply = self.app(request)
            date = {"Date": format_datetime(self._now(), usegmt=True)} if self._now else {}
            return replace(reply, headers=date | dict(reply.headers))
        except Exception as error:  # noqa: BLE001 - whatever is wrong in a fake must be seen
            self.errors.append(error)
            return Reply(500, {"error": f"the fake raised {error!r}"})

    def close(self) -> None:
        """Stop, and let go of every hanging connection. Raises what went wrong in `app`."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if self.errors:
            raise self.errors.pop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # the default of 5 lets connections wait a second on a busy machine

    def __init__(self, address: tuple[str, int], owner: FakeServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own
        """A client that goes away is part of the tests; what fails in the fake is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        owner, request = self.server.owner, self._read_request()
        if request is None:
            self.close_connection = True
            return
        fault = owner.take_fault(request)
        if fault is None:
            self.wfile.write(owner.answer(request).to_bytes())
        else:
            self._send_fault(fault, request)

    def _read_request(self) -> Request | None:
        """The request; None if it was cut off on its way."""
        length = int(self.headers.get("Content-Length", -1))
        body = self.rfile.read(max(length, 0))
        if len(body) != max(length, 0) or (self.command == "POST" and length < 0):
            return None
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(split.query, keep_blank_values=True)
        return Request(self.command, split.path, query, headers, body)

    def _send_fault(self, fault: Fault, request: Request) -> None:
        made = self.server.owner.answer(request) if fault.acted else Reply()
        answer = (fault.reply or made).to_bytes()
        if fault.hang:
            self.server.owner.closing.wait(120)
            self.close_connection = True
        elif fault.cut_after is not None:
            self.wfile.write(answer[: fault.cut_after])
            self._reset_connection()
        elif fault.drip:
            self._send_slowly(answer, fault.drip)
        else:
            self.wfile.write(answer)

    def _send_slowly(self, answer: bytes, seconds: float) -> None:
        for byte in answer:
            if self.server.owner.closing.wait(seconds):
                break
            self.wfile.write(bytes([byte]))
        self.close_connection = True

    def _reset_connection(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own
        """Say nothing."""
