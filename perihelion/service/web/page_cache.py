"""Rendered responses, kept in memory until the day is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from datetime import date

    from flask import Request

MAX_RESPONSES = 2_000
"""At about 15 kB each. What does not fit is rendered anew each time."""

MAX_BYTES = 100_000
"""Of one response that is kept."""


class PageCache:
    """The responses of one day. A worker's threads share it; at worst a page is rendered twice."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._responses: dict[str, tuple[bytes, list[tuple[str, str]]]] = {}

    def find(self, request: Request, today: date) -> Response | None:
        """The response that the same request had today."""
        if request.method != "GET" or self._day != today:
            return None
        kept = self._responses.get(request.full_path)
        return None if kept is None else Response(kept[0], headers=kept[1])

    def keep(self, request: Request, today: date, response: Response) -> None:
        """Keep a response for the next request, with an ETag. Searches are not kept."""
        if self._day != today:
            self._day, self._responses = today, {}
        is_private = "no-store" in response.headers.get("Cache-Control", "")
        if request.method != "GET" or response.direct_passthrough or is_private:
            return
        if "ETag" not in response.headers:
            response.add_etag()
        data = response.get_data()
        fits = len(self._responses) < MAX_RESPONSES and len(data) <= MAX_BYTES
        if fits and not request.query_string:
            self._responses.setdefault(request.full_path, (data, list(response.headers)))
