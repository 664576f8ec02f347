"""Threads: a post is first made as a container, then published.

The container's id is saved before it is published, so that after a lost answer the next try can ask
for its status.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from perihelion.compose.text_comparison import is_same_text
from perihelion.model.errors import Credentials, LocalFault, PublishError
from perihelion.model.posts import Limits, Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    PublishedPost,
)
from perihelion.networks.shared.account_settings import read_server_url, read_variable
from perihelion.networks.shared.error_classification import confirm_refusals
from perihelion.networks.shared.http_adapter import HttpAdapter
from perihelion.networks.shared.media import require_fit
from perihelion.networks.shared.media_url import (
    allow_served_picture,
    make_picture_url,
    read_media_url,
)
from perihelion.networks.shared.timeline_reader import find_post, lookup_start, read_timeline
from perihelion.networks.threads.container import READY_STATUSES, ContainerStore
from perihelion.networks.threads.graph_api import GraphApi
from perihelion.networks.threads.publisher import Publisher
from perihelion.networks.threads.spec import LIMITS, PUBLIC_API
from perihelion.networks.threads.timeline import fetch_own_posts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.model.posts import Post
    from perihelion.networks.shared.http_client import ApiResponse
    from perihelion.networks.shared.timeline_reader import Entry, FetchPage, FindPost, Page
    from perihelion.networks.threads.container import PostContainer
    from perihelion.networks.threads.timeline import OwnPost

    FetchEdge = Callable[[str, str], Page[OwnPost]]

MAX_LINKS = 5
"""A container with more different links is refused (since 2025-12-22)."""
DEDUPE = Dedupe(DedupeMethod.KEYED, window=timedelta(hours=24), then_lookup=True)
"""A container expires after 24 hours."""


class Threads(HttpAdapter):
    """One account. Values: URL, USER, TOKEN. Option: media_url.

    `pause` waits for some seconds until a container is ready.
    """

    name = "threads"
    dedupe = DEDUPE

    def __init__(self, context: Context, pause: Callable[[float], None] = time.sleep) -> None:
        self._user = read_variable(context, "USER", _parse_user)
        self._media_url = read_media_url(context.account)
        self._api = GraphApi(context, read_server_url(context, PUBLIC_API))
        self._containers = ContainerStore(context, self._api, pause)
        self._publisher = Publisher(self._api, self._user, self._containers, self.find)
        super().__init__(context, self._api.http)

    @property
    def limits(self) -> Limits:
        """LIMITS, with a picture if the account has the option media_url."""
        return allow_served_picture(self._account, LIMITS)

    def check(self) -> Identity:
        """Whose token it is, when it expires, and how much of the day's quota is used."""
        answer = self._identify()
        user, name = answer.require_text("id"), answer.require_text("username")
        if user != self._user:
            variable = f"{self._account.env_prefix}_USER"
            problem = f"the token belongs to the account {user}; set {variable} to that"
            raise Credentials(self._http.label(problem))
        expires_at = self._api.expires_at
        notes = () if expires_at else ("the token's expiry is unknown until its first refresh",)
        url = f"https://www.threads.net/@{name}"
        return Identity(f"@{name}", url, (*self._read_quota(), *notes), expires_at)

    def publish(self, post: Post, token: str) -> Receipt:
        """Make the container, or check the one of an earlier try; publish it with one request."""
        container = self._containers.load_container(post, token)
        if container is None:
            self._require_acceptable(post)
            found = self._find_forgotten(post, token)
            if found:
                return found
        elif container.receipt:
            return Receipt(*container.receipt)
        self._api.refresh_token()
        self._http.observed = replace(self._http.observed, token_expires_at=self._api.expires_at)
        with confirm_refusals(self._identify):
            return self._publish_or_replace(container, post, token)

    def find(self, post: Post, token: str) -> Receipt | None:
        """The account's own post with the same text, in reply to the same post."""
        return self.open_timeline()(post, token)

    def open_timeline(self) -> FindPost:
        """A `find` that asks for no page twice."""
        return partial(self._find_on_pages, cache(self._fetch_page))

    def _find_on_pages(self, fetch: FetchEdge, post: Post, _token: str) -> Receipt | None:
        edge = "replies" if post.reply_to else "threads"
        found = self._read_timeline(partial(fetch, edge), lookup_start(post))
        return find_post(
            post,
            (one for one in found if bool(one.item.replied_to) == bool(post.reply_to)),
            lambda one: is_same_text(one.item.text, post.text),
            lambda own: own.text,
            lambda own: own.receipt,
        )

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts, without its replies and what it has passed on."""
        return tuple(
            PublishedPost(one.item.receipt, one.item.text, one.posted_at)
            for one in self._read_timeline(partial(self._fetch_page, "threads"), since)
            if one.item.text
        )

    def _identify(self) -> ApiResponse:
        return self._api.get("the account", "me", fields="id,username")

    def _read_timeline(
        self, fetch: FetchPage[OwnPost], since: datetime
    ) -> Iterator[Entry[OwnPost]]:
        what = self._http.label("the account's posts")
        return read_timeline(what, fetch, since, self._context.now)

    def _fetch_page(self, edge: str, cursor: str) -> Page[OwnPost]:
        """A page of an edge of the graph: `threads` or `replies`."""
        return fetch_own_posts(self._api, f"{self._user}/{edge}", cursor)

    def _read_quota(self) -> tuple[str, ...]:
        """How much of the day's quota is used, if the API reports it."""
        path = f"{self._user}/threads_publishing_limit"
        try:
            row = self._api.get("the quota", path, fields="quota_usage,config").data["data"][0]
            used, most = int(row["quota_usage"]), int(row["config"]["quota_total"])
        except (PublishError, KeyError, IndexError, TypeError, ValueError):
            return ()
        return (f"{used} of {most} posts in 24 hours used",)

    def _require_acceptable(self, post: Post) -> None:
        """Raise LocalFault for what Threads would refuse."""
        require_fit(post, self.limits)
        different = len(set(post.links))
        if different > MAX_LINKS:
            raise LocalFault(f"the text has {different} links of {MAX_LINKS}; shorten its template")

    def _make_fields(self, post: Post) -> dict[str, str]:
        fields = {"media_type": "TEXT", "text": post.text}
        if post.picture:
            url = make_picture_url(self._media_url, post.picture)
            fields |= {"media_type": "IMAGE", "image_url": url, "alt_text": post.picture.alt}
        return fields | ({"reply_to_id": post.reply_to} if post.reply_to else {})

    def _publish_or_replace(
        self, container: PostContainer | None, post: Post, token: str
    ) -> Receipt:
        """Publish the container of an earlier try, or a new one if that has become useless."""
        if container is not None:
            status, found = self._publisher.check_earlier_try(container, post, token)
            if found:
                return found
            container = container if status in READY_STATUSES else None
        container = container or self._containers.create_container(
            post, token, self._make_fields(post)
        )
        return self._publisher.publish(container, post, token)

    def _find_forgotten(self, post: Post, token: str) -> Receipt | None:
        """The post of an earlier try with another token, whose memory is lost."""
        composed_at = datetime.fromisoformat(post.created_at)
        return self.find(post, token) if self._api.may_have_forgotten(composed_at) else None


def _parse_user(text: str) -> str:
    if not re.fullmatch("[0-9]{1,30}", text):
        raise ValueError("must be the account's number, digits only")
    return text
