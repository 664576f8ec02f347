"""A network that another package adds: an invented service whose posts can be read back.

docs/add-a-network.md explains it part by part, and a test compares the two.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from perihelion.compose.text_comparison import is_same_text
from perihelion.model.errors import PublishError, Rejected
from perihelion.model.posts import Limits, Post, Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    NetworkSpec,
    PublishedPost,
    Variable,
)
from perihelion.networks.shared.account_settings import read_server_url
from perihelion.networks.shared.error_classification import (
    classify_json,
    confirm_refusals,
    failures_as_not_sent,
)
from perihelion.networks.shared.http_adapter import HttpAdapter
from perihelion.networks.shared.http_client import ApiResponse, HttpClient
from perihelion.networks.shared.json_values import get_text
from perihelion.networks.shared.media import require_fit
from perihelion.networks.shared.picture_fitting import fit_picture
from perihelion.networks.shared.timeline_reader import (
    Entry,
    Page,
    find_post,
    lookup_start,
    parse_instant,
    read_timeline,
    require_type,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

LIMITS = Limits(length=400)
GONE = 410

Row = dict[str, Any]
"""A post as the service shows it: its id, text and time."""


class Acme(HttpAdapter):
    """One account. Values: URL, TOKEN."""

    name = "acme"
    limits = LIMITS
    dedupe = Dedupe(DedupeMethod.LOOKUP)

    def __init__(self, context: Context) -> None:
        token = context.get_value("TOKEN")
        super().__init__(context, HttpClient(context, secrets=(token,), classify=_classify))
        self._base = read_server_url(context, "https://api.acme.example")
        self._headers = {"Authorization": f"Bearer {token}"}

    def check(self) -> Identity:
        """Whose token it is."""
        with failures_as_not_sent():
            answer = self._request("the account", "GET", "/me")
            return Identity(answer.require_text("name"))

    def publish(self, post: Post, token: str) -> Receipt:  # noqa: ARG002 - this service keeps no token
        """Make the post with one request."""
        require_fit(post, self.limits)
        with confirm_refusals(self.check):
            answer = self._request("the post", "POST", "/posts", json=_make_body(post))
        return self._make_receipt({"id": answer.require_text("id")})

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - as above
        """The account's own post with the same text."""
        return find_post(
            post,
            self._read_timeline(lookup_start(post)),
            lambda entry: is_same_text(entry.item["text"], post.text),
            lambda row: require_type(row["text"], str),
            self._make_receipt,
        )

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts."""
        return tuple(
            PublishedPost(self._make_receipt(entry.item), entry.item["text"], entry.posted_at)
            for entry in self._read_timeline(since)
        )

    def _read_timeline(self, since: datetime) -> Iterator[Entry[Row]]:
        what = self._http.label("the timeline")
        return read_timeline(what, self._fetch_page, since, self._context.now)

    def _fetch_page(self, cursor: str) -> Page[Row]:
        query = {"before": cursor} if cursor else {}
        answer = self._request("the timeline", "GET", "/posts", params=query)
        rows = require_type(answer.data["posts"], list)
        entries = [Entry(row["id"], parse_instant(row["at"]), row) for row in rows]
        has_more = require_type(answer.data["more"], bool)
        cursor = entries[-1].id if entries and has_more else ""
        return Page(entries, cursor, has_more, answer.headers)

    def _request(self, what: str, method: str, path: str, **body: Any) -> ApiResponse:
        return self._http.request(
            what, method, f"{self._base}{path}", headers=self._headers, **body
        )

    def _make_receipt(self, row: Row) -> Receipt:
        return Receipt(row["id"], f"{self._base}/posts/{row['id']}")


def _classify(status: int, data: object) -> type[PublishError] | None:
    """410: the post to reply to has been deleted."""
    return Rejected if status == GONE and get_text(data, "error") else classify_json(status, data)


def _make_body(post: Post) -> dict[str, Any]:
    body = {"title": post.title, "text": post.text, "lang": post.language, "answers": post.reply_to}
    if post.picture is None:
        return body
    data = base64.b64encode(fit_picture(post.picture, LIMITS).data).decode()
    return body | {"picture": {"alt": post.picture.alt, "data": data}}


SPEC = NetworkSpec(
    "acme",
    Acme,
    LIMITS,
    variants=((Variable("URL", required=False), Variable("TOKEN", secret=True)),),
)
