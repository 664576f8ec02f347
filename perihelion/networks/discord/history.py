"""A channel's messages, read back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import NotSent, PublishError, Rejected
from perihelion.networks.shared.error_classification import failures_as_not_sent
from perihelion.networks.shared.timeline_reader import (
    Entry,
    Page,
    fetch_page,
    parse_instant,
    read_timeline,
    require_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from perihelion.networks.shared.http_client import HttpClient

PAGE_SIZE = 100
"""Messages on a page; the most that Discord gives."""


class ChannelHistory:
    """The messages of the channel at `url`; no page is asked for twice."""

    def __init__(self, http: HttpClient, url: str, now: Callable[[], datetime]) -> None:
        self._http, self._url, self._now = http, url, now
        self._what = http.label("the channel")
        self._fetch_once = cache(self._fetch_shown_page)

    def read_since(self, since: datetime) -> Iterator[Entry[dict[str, Any]]]:
        """Every message since `since`, newest first, whoever wrote it. Raises as the reader does.

        A channel that may not be read is not an empty one, and raises NotSent too.
        """
        return read_timeline(self._what, self._fetch_once, since, self._now)

    def is_readable(self) -> bool:
        """Whether the bot may read the messages. Raises as the reader does."""
        return bool(fetch_page(self._what, self._fetch_page, "", self._now).entries) or (
            self._is_empty()
        )

    def _fetch_shown_page(self, cursor: str) -> Page[dict[str, Any]]:
        page = self._fetch_page(cursor)
        if not (page.entries or cursor or self._is_empty()):
            raise NotSent(f"{self._what} shows nothing; give the bot Read Message History")
        return page

    def _fetch_page(self, cursor: str) -> Page[dict[str, Any]]:
        query = {"limit": str(PAGE_SIZE)} | ({"before": cursor} if cursor else {})
        answer = self._http.request("the channel", "GET", f"{self._url}/messages", params=query)
        entries = [_parse_message(one) for one in require_type(answer.data, list)]
        entries.sort(key=lambda one: -int(one.id))
        return Page(entries, entries[-1].id if entries else "", headers=answer.headers)

    def _is_empty(self) -> bool:
        """Whether the channel has no message: it never had one, or its last one was deleted.

        Without the permission Read Message History, Discord shows no messages instead of refusing.
        """
        with failures_as_not_sent():
            channel = self._http.request("the channel", "GET", self._url)
        last = channel.get_text("last_message_id")
        return bool(channel.get_text("id")) and (not last or self._is_gone(last))

    def _is_gone(self, message_id: str) -> bool:
        """Whether a message was deleted; False if the bot may not read it."""
        try:
            self._http.request("the channel", "GET", f"{self._url}/messages/{message_id}")
        except Rejected:
            return self._http.last_status == 404  # noqa: PLR2004 - with a 404, only "unknown message"
        except PublishError:
            return False
        return False


def _parse_message(message: dict[str, Any]) -> Entry[dict[str, Any]]:
    require_type(message["content"], str)
    require_type(message["author"], dict)
    number = require_type(message["id"], str)
    return Entry(number, parse_instant(message["timestamp"]), message)
