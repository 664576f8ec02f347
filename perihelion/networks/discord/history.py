"""A channel's messages, read back page by page."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import NotSent, PublishError, Rejected
from perihelion.networks.shared.error_classification import failures_as_not_sent
from perihelion.networks.shared.server_clock import measure_clock_lag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.networks.shared.http_client import HttpClient

MAX_PAGES = 25
PAGE_SIZE = 100
"""Messages on a page; the most that Discord gives."""


class ChannelHistory:
    """The messages of the channel at `url`; `what` names it in errors."""

    def __init__(self, http: HttpClient, url: str, what: str, now: Callable[[], datetime]) -> None:
        self._http, self._url, self._what, self._now = http, url, what, now

    def read_since(self, since: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
        """Each message and when it was posted by our clock, newest first, whoever wrote it.

        Ends with the page that reaches `since`. Raises NotSent where that is too far to look, or
        where nothing may be seen: an absence must be sure.
        """
        before: str | None = None
        for _ in range(MAX_PAGES):
            page = self._read_page(before)
            if not page and before is None and not self._is_empty():
                raise NotSent(f"{self._what} shows nothing; give the bot Read Message History")
            yield from page
            if not page or page[-1][0] < since:
                return
            before = page[-1][1]["id"]
        raise NotSent(f"{self._what} has too many messages to look through")

    def is_readable(self) -> bool:
        """Whether the bot may see what was said."""
        return bool(self._read_page(None)) or self._is_empty()

    def _read_page(self, before: str | None) -> list[tuple[datetime, dict[str, Any]]]:
        query = {"limit": str(PAGE_SIZE)} | ({"before": before} if before else {})
        with failures_as_not_sent():
            answer = self._http.request(self._what, "GET", f"{self._url}/messages", params=query)
        if not isinstance(answer.data, list) or not all(map(_is_message, answer.data)):
            raise NotSent(f"{self._what} could not be read")
        clock_lag = measure_clock_lag(answer.headers, self._now())
        newest_first = sorted(answer.data, key=lambda message: -int(message["id"]))
        return [(datetime.fromisoformat(m["timestamp"]) + clock_lag, m) for m in newest_first]

    def _is_empty(self) -> bool:
        """Whether the channel has no message: it never had one, or its last one was deleted.

        Without the permission Read Message History, Discord shows no messages instead of refusing.
        """
        with failures_as_not_sent():
            channel = self._http.request(self._what, "GET", self._url)
        last = channel.get_text("last_message_id")
        return bool(channel.get_text("id")) and (not last or self._is_gone(last))

    def _is_gone(self, message_id: str) -> bool:
        """Whether a message was deleted; refused to a bot that may not read, and then no."""
        try:
            self._http.request(self._what, "GET", f"{self._url}/messages/{message_id}")
        except PublishError as error:
            # Of all that is told as a 404, only "unknown message" rejects.
            answer = self._http.session.response
            return isinstance(error, Rejected) and answer is not None and answer.status_code == 404  # noqa: PLR2004 - Not Found
        return False


def _is_message(message: object) -> bool:
    """Whether this holds what is needed of a message."""
    if not isinstance(message, dict) or not isinstance(message.get("author"), dict):
        return False
    try:
        moment = datetime.fromisoformat(message["timestamp"])
    except (KeyError, TypeError, ValueError):
        return False
    number, says = message.get("id"), isinstance(message.get("content"), str)
    numbered = isinstance(number, str) and re.fullmatch("[0-9]{1,20}", number)
    return says and bool(numbered) and moment.tzinfo is not None
