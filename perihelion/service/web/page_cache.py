"""Rendered responses, kept in memory as long as their max-age says, and no longer than the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.wsgi import get_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Request

MAX_BYTES = 4_000_000
"""Of all that is kept by one process: about a thousand pages. What does not fit is not kept.

With two processes, more would take the memory that small hosts have for the worker and the website.
"""

MAX_RESPONSE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """A response's body and headers, and the instants (UTC) between which it may be given again."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    since: datetime
    until: datetime


class PageCache:
    """Safe in threads; at worst a page is rendered twice. Every `now` is in UTC."""

    def __init__(self) -> None:
        self._responses: dict[tuple[str, str], KeptResponse] = {}
        self._bytes = 0
        self._lock = Lock()

    def find(self, request: Request, root: str, now: datetime) -> Response | None:
        """The response to the same request, if it may still be given; `root` is in its links."""
        kept = self.find_kept(root, request.full_path, now) if request.method == "GET" else None
        return None if kept is None else Response(kept.body, headers=kept.headers)

    def find_kept(self, root: str, full_path: str, now: datetime) -> KeptResponse | None:
        """What is kept under an address and may still be given."""
        kept = self._responses.get((root, full_path))
        return kept if kept is not None and kept.since <= now < kept.until else None

    def keep(self, request: Request, root: str, now: datetime, response: Response) -> None:
        """Keep a response for the next request, with an ETag. Searches are not kept."""
        caching = response.cache_control
        if request.method != "GET" or response.direct_passthrough or caching.no_store:
            return
        if "ETag" not in response.headers:
            response.add_etag()
        data = response.get_data()
        response.content_length = len(data)
        key = (root, request.full_path)
        if self.find_kept(*key, now) or request.query_string or caching.no_cache:
            return
        if (response.mimetype or "").startswith("image/") or len(data) > MAX_RESPONSE_BYTES:
            return
        until = min(now + timedelta(seconds=caching.max_age or 0), _find_midnight(now))
        with self._lock:
            self._make_room(key, now, len(data))
            if self._bytes + len(data) <= MAX_BYTES:
                self._responses[key] = KeptResponse(data, tuple(response.headers), now, until)
                self._bytes += len(data)

    def _make_room(self, key: tuple[str, str], now: datetime, needed: int) -> None:
        """Drop what was kept under `key`, and all that is outdated if `needed` bytes do not fit."""
        replaced = self._responses.pop(key, None)
        self._bytes -= len(replaced.body) if replaced else 0
        if self._bytes + needed > MAX_BYTES:
            current = {one: kept for one, kept in self._responses.items() if now < kept.until}
            self._responses = current
            self._bytes = sum(len(kept.body) for kept in current.values())


def _find_midnight(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)


_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")


class KeptPages:
    """A WSGI application in front of another: it answers what is kept, before any routing.

    Whatever needs a decision (a condition, a query, another method) goes to `app`. `address` is the
    website's own; if it is empty, that which was asked for.
    """

    def __init__(
        self, app: WSGIApplication, cache: PageCache, address: str, now: Callable[[], datetime]
    ) -> None:
        self._app, self._cache = app, cache
        self._address, self._now = address, now

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        kept = self._find(environ)
        if kept is None:
            return self._app(environ, start_response)
        start_response("200 OK", list(kept.headers))
        return [kept.body]

    def _find(self, environ: WSGIEnvironment) -> KeptResponse | None:
        is_plain = environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING")
        if not is_plain or any(name in environ for name in _CONDITIONS):
            return None
        root = self._address or _read_root(environ)
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        return self._cache.find_kept(root, f"{path}?", self._now())


def _read_root(environ: WSGIEnvironment) -> str:
    """What Flask's `request.url_root` says, without a slash at its end."""
    path = environ.get("SCRIPT_NAME", "").rstrip("/")
    return f"{environ['wsgi.url_scheme']}://{get_host(environ)}{path}"
