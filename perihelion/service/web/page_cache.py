"""Rendered responses, kept in memory until the day is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from datetime import date

    from flask import Request

MAX_BYTES = 32_000_000
"""Of all that is kept: every page of one language. What does not fit is rendered anew each time."""

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
        kept = self._responses.get((root, request.full_path))
        return None if kept is None else Response(kept[0], headers=kept[1])

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
        key = (root, request.full_path)
        fits = len(data) <= min(MAX_RESPONSE_BYTES, MAX_BYTES - self._bytes)
        is_new = key not in self._responses and not (response.mimetype or "").startswith("image/")
        if fits and is_new and not caching.no_cache and not request.query_string:
            self._responses[key] = (data, list(response.headers))
            self._bytes += len(data)
