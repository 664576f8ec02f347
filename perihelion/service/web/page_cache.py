"""Rendered responses, kept in memory until the day is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response
from werkzeug.wsgi import get_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Request

MAX_BYTES = 8_000_000
"""Of all that is kept by one process: several hundred pages. What does not fit is rendered anew.

With two processes, more would take the memory that small hosts have for the worker and the website.
"""

MAX_RESPONSE_BYTES = 1_000_000


class PageCache:
    """The responses of one day. A worker's threads share it; at worst a page is rendered twice."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._responses: dict[tuple[str, str], tuple[bytes, list[tuple[str, str]]]] = {}
        self._bytes = 0

    def find(self, request: Request, root: str, today: date) -> Response | None:
        """The response that the same request had today; `root` is the address in its links."""
        if request.method != "GET" or self._day != today:
            return None
        kept = self.find_bytes(root, request.full_path, today)
        return None if kept is None else Response(kept[0], headers=kept[1])

    def find_bytes(
        self, root: str, full_path: str, today: date
    ) -> tuple[bytes, list[tuple[str, str]]] | None:
        """The body and the headers of what was kept today under an address."""
        return self._responses.get((root, full_path)) if self._day == today else None

    def keep(self, request: Request, root: str, today: date, response: Response) -> None:
        """Keep a response for the next request, with an ETag. Searches are not kept."""
        if self._day != today:
            self._day, self._responses, self._bytes = today, {}, 0
        caching = response.cache_control
        if request.method != "GET" or response.direct_passthrough or caching.no_store:
            return
        if "ETag" not in response.headers:
            response.add_etag()
        data = response.get_data()
        response.content_length = len(data)
        key = (root, request.full_path)
        fits = len(data) <= min(MAX_RESPONSE_BYTES, MAX_BYTES - self._bytes)
        is_new = key not in self._responses and not (response.mimetype or "").startswith("image/")
        if fits and is_new and not caching.no_cache and not request.query_string:
            self._responses[key] = (data, list(response.headers))
            self._bytes += len(data)


_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")


class KeptPages:
    """A WSGI application in front of another: it answers what is kept, before any routing.

    Whatever needs a decision (a condition, a query, another method) goes to `app`. `address` is the
    website's own; if it is empty, that which was asked for.
    """

    def __init__(
        self, app: WSGIApplication, cache: PageCache, address: str, today: Callable[[], date]
    ) -> None:
        self._app, self._cache = app, cache
        self._address, self._today = address, today

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        kept = self._find(environ)
        if kept is None:
            return self._app(environ, start_response)
        start_response("200 OK", list(kept[1]))
        return [kept[0]]

    def _find(self, environ: WSGIEnvironment) -> tuple[bytes, list[tuple[str, str]]] | None:
        is_plain = environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING")
        if not is_plain or any(name in environ for name in _CONDITIONS):
            return None
        root = self._address or _read_root(environ)
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        return self._cache.find_bytes(root, f"{path}?", self._today())


def _read_root(environ: WSGIEnvironment) -> str:
    """What Flask's `request.url_root` says, without a slash at its end."""
    path = environ.get("SCRIPT_NAME", "").rstrip("/")
    return f"{environ['wsgi.url_scheme']}://{get_host(environ)}{path}"
