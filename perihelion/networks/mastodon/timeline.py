"""A page of an account's statuses as a timeline's page. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.networks.shared.timeline_reader import (
    Entry,
    Page,
    has_next_link,
    parse_instant,
    require_type,
)

if TYPE_CHECKING:
    from perihelion.networks.shared.http_client import ApiResponse

PAGE_SIZE = 40
"""Statuses on a page; the most that Mastodon gives."""


def parse_page(answer: ApiResponse) -> Page[dict[str, Any]]:
    """The statuses, boosts included. Raises one of UNREADABLE.

    Not all software sends a Link header, so that the last status is where the next page begins.
    """
    entries = [_parse_status(status) for status in require_type(answer.data, list)]
    last = entries[-1].id if entries else ""
    return Page(entries, last, has_next_link(answer.headers), answer.headers)


def _parse_status(status: dict[str, Any]) -> Entry[dict[str, Any]]:
    require_type(status["content"], str)
    number = status["id"]  # some software has numbers for ids
    text = str(number) if isinstance(number, int) else require_type(number, str)
    return Entry(text, parse_instant(status["created_at"]), status)
