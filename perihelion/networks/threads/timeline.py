"""An account's own posts on Threads, read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perihelion.model.posts import Receipt
from perihelion.networks.shared.json_values import get_text
from perihelion.networks.shared.timeline_reader import Entry, Page, parse_instant, require_type

if TYPE_CHECKING:
    from perihelion.networks.threads.graph_api import GraphApi

FIELDS = "id,permalink,text,timestamp,media_type,replied_to"


@dataclass(frozen=True, slots=True)
class OwnPost:
    """A post of the account's own; `text` is empty for what it has passed on."""

    receipt: Receipt
    text: str
    replied_to: str | None = None


def fetch_own_posts(api: GraphApi, path: str, cursor: str) -> Page[OwnPost]:
    """A page of the posts listed at `path`. Raises the publish errors, or one of UNREADABLE.

    The address of the next page is not used, because it may lead away; its cursor is.
    """
    query = {"fields": FIELDS, "limit": "100"} | ({"after": cursor} if cursor else {})
    answer = api.get("the account's posts", path, **query)
    entries = [_parse_own_post(row) for row in require_type(answer.data["data"], list)]
    paging = require_type(answer.data.get("paging") or {}, dict)
    after = require_type(paging.get("cursors") or {}, dict).get("after") or ""
    return Page(entries, str(after), bool(paging.get("next")), answer.headers)


def _parse_own_post(row: dict[str, Any]) -> Entry[OwnPost]:
    number, link = str(row["id"]), get_text(row, "permalink")
    reply_to = get_text(row, "replied_to", "id")
    post = OwnPost(Receipt(number, link or None), get_text(row, "text"), reply_to or None)
    return Entry(number, parse_instant(row["timestamp"]), post)
