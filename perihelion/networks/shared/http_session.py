"""Sends each request once, with a limit on its time and on the size of its answer.

The session follows no redirect and retries nothing, so that a POST leaves at most once. It gives up
at a deadline, however slowly an answer arrives, and notes whether any byte of the request left: to
the server, or to a proxy in between.
"""

from __future__ import annotations

import functools
import io
import logging
import time
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from perihelion.networks.base import require_lease

if TYPE_CHECKING:
    from socket import socket

    from _typeshed import WriteableBuffer
    from urllib3 import PoolManager, ProxyManager
    from urllib3.connectionpool import HTTPConnectionPool

MAX_RESPONSE_BYTES = 2_000_000
"""Bytes of an answer, uncompressed; a longer one is abandoned."""
USER_AGENT = "Perihelion (mission anniversaries)"


class ResponseTooLarge(requests.RequestException):
    """The server sent more than MAX_RESPONSE_BYTES."""


class _Exchange:
    """One request: when it must end, by time.monotonic(), and whether any byte of it has left."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self.request_left = False

    def seconds_left(self, timeout: float | None) -> float:
        """How long the next step may take. Raises TimeoutError after the deadline."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took longer than its deadline")
        return left if timeout is None else min(timeout, left)


_EXCHANGE: ContextVar[_Exchange] = ContextVar("exchange")


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
        self._sock.settimeout(_EXCHANGE.get().seconds_left(self._timeout))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(HTTPResponse):
    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_DeadlineReader(sock), *args, **kwargs)  # type: ignore[arg-type]  # http.client only calls its makefile()


class _ObservedConnection(HTTPConnection):
    """Observes the deadline, and notes when the request itself begins to leave.

    What is sent while connecting is not the request: a proxy's CONNECT, or a TLS handshake. After
    that, a byte is noted before it is sent, because a failing send may have sent part of its data.
    """

    response_class = _DeadlineResponse
    _is_connecting = False

    def connect(self) -> None:
        self.timeout = _EXCHANGE.get().seconds_left(self.timeout)
        self._is_connecting = True
        super().connect()
        self._is_connecting = False

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's own signature
        if self.sock is None:
            self.connect()
        exchange = _EXCHANGE.get()
        self.sock.settimeout(exchange.seconds_left(self.timeout))
        if not (self._is_connecting or exchange.request_left):
            require_lease()
            exchange.request_left = True
        super().send(data)


@functools.cache
def _make_observed(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """A kind of connection pool (direct, HTTP or SOCKS proxy) with observed connections."""
    connection = type("ObservedConnection", (_ObservedConnection, pool.ConnectionCls), {})
    return type("ObservedPool", (pool,), {"ConnectionCls": connection})


def _observe_connections(manager: PoolManager) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {name: _make_observed(pool) for name, pool in pools.items()}


class _ObservedAdapter(HTTPAdapter):
    """Observed connections to servers and to proxies."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _observe_connections(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        is_new = proxy not in self.proxy_manager
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            _observe_connections(manager)
        return manager


class HttpSession(requests.Session):
    """A requests session that sends each request once, also for client libraries."""

    def __init__(self, timeout: tuple[float, float], deadline: float) -> None:
        super().__init__()
        self.timeout, self.deadline = timeout, deadline
        self.headers["User-Agent"] = USER_AGENT
        self.auth = _no_netrc
        self.response: requests.Response | None = None
        self.error: Exception | None = None
        self.request_left = False
        """Whether a byte of any request since `forget` went to a connected socket."""
        self.host = ""
        for scheme in ("http://", "https://"):
            self.mount(scheme, _ObservedAdapter(max_retries=0))

    def forget(self) -> None:
        """Forget the outcome of what was sent before."""
        self.response, self.error, self.request_left = None, None, False

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
        exchange = _Exchange(self.deadline)
        token = _EXCHANGE.set(exchange)
        try:
            response = super().send(request, **kwargs | {"stream": True, "timeout": self.timeout})
            _read_body(response)
        except Exception as error:
            self.error = error
            self.close()
            raise
        finally:
            self.request_left |= exchange.request_left
            _EXCHANGE.reset(token)
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
