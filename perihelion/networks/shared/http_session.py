"""Sends each request once, with a limit on its time and on the size of its answer.

The session follows no redirect and retries nothing, so that a POST leaves at most once. It gives up
at a deadline, however slowly an answer arrives.
"""

from __future__ import annotations

import io
import logging
import time
from contextvars import ContextVar
from http.client import HTTPResponse
from ssl import SSLError
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3 import exceptions as low
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from socket import socket

    from _typeshed import WriteableBuffer

MAX_RESPONSE_BYTES = 2_000_000
"""Bytes of an answer, uncompressed; a longer one is abandoned."""
USER_AGENT = "Perihelion (mission anniversaries)"

_DEADLINE: ContextVar[float] = ContextVar("deadline", default=float("inf"))


class ResponseTooLarge(requests.RequestException):
    """The server sent more than MAX_RESPONSE_BYTES."""


def _seconds_left(timeout: float | None) -> float:
    """How long the next step may take. Raises TimeoutError after the deadline."""
    left = _DEADLINE.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("the request took longer than its deadline")
    return left if timeout is None else min(timeout, left)


class _DeadlineReader(io.RawIOBase):
    """A socket's bytes; each read observes the deadline as well as its own timeout."""

    def __init__(self, sock: socket) -> None:
        self._sock, self._timeout = sock, sock.gettimeout()
        self._raw = sock.makefile("rb", buffering=0)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The method of a socket that http.client calls."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(_seconds_left(self._timeout))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(HTTPResponse):
    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_DeadlineReader(sock), *args, **kwargs)  # type: ignore[arg-type]  # http.client only calls its makefile()


class _DeadlineHTTPConnection(HTTPConnection):
    response_class = _DeadlineResponse

    def connect(self) -> None:
        self.timeout = _seconds_left(self.timeout)
        super().connect()

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's own signature
        if self.sock is not None:
            self.sock.settimeout(_seconds_left(self.timeout))
        super().send(data)


class _DeadlineHTTPSConnection(_DeadlineHTTPConnection, HTTPSConnection):
    def connect(self) -> None:
        """Distinguish a failed handshake from a TLS error after the request has left."""
        try:
            super().connect()
        except (SSLError, low.SSLError) as error:
            raise low.NewConnectionError(self, f"TLS failed: {error}") from error


class _DeadlineHTTPPool(HTTPConnectionPool):
    ConnectionCls = _DeadlineHTTPConnection


class _DeadlineHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _DeadlineHTTPSConnection


class _DeadlineAdapter(HTTPAdapter):
    """Connections that observe the deadline, without retries."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _DeadlineHTTPPool, "https": _DeadlineHTTPSPool}


class HttpSession(requests.Session):
    """A requests session that sends each request once, also for client libraries."""

    def __init__(self, timeout: tuple[float, float], deadline: float) -> None:
        super().__init__()
        self.timeout, self.deadline = timeout, deadline
        self.headers["User-Agent"] = USER_AGENT
        self.auth = _no_netrc
        self.response: requests.Response | None = None
        self.error: Exception | None = None
        self.host = ""
        for scheme in ("http://", "https://"):
            self.mount(scheme, _DeadlineAdapter(max_retries=0))

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - requests' own
        """None: a redirect is an answer like any other, never a second request."""
        return None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send once, read the whole answer within its limits, and remember the outcome.

        Each request has a new connection. On an old one, which the server may be closing, it could
        be lost and its outcome unknown without need; and the rest of an earlier answer could be
        taken for this one's.
        """
        self.response = self.error = None
        self.host = urlsplit(request.url or "").netloc.rpartition("@")[2]
        self.close()
        token = _DEADLINE.set(time.monotonic() + self.deadline)
        try:
            response = super().send(request, **kwargs | {"stream": True, "timeout": self.timeout})
            _read_body(response)
        except Exception as error:
            self.error = error
            self.close()
            raise
        finally:
            _DEADLINE.reset(token)
        self.response = response
        return response


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from adding a password from ~/.netrc."""
    return request


def _read_body(response: requests.Response) -> None:
    body = bytearray()
    with response:
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > MAX_RESPONSE_BYTES:
                raise ResponseTooLarge(f"the answer is larger than {MAX_RESPONSE_BYTES} bytes")
    response._content = bytes(body)  # noqa: SLF001 - requests has no other way to cap a body


def silence_urllib3() -> None:
    """Silence urllib3's loggers: they print URLs, and that of a webhook or a bot is its secret."""
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logger = logging.getLogger(name)
        if _drop_record not in logger.filters:
            logger.addFilter(_drop_record)


def _drop_record(_record: logging.LogRecord) -> bool:
    return False
