"""X (formerly Twitter), through tweepy.

tweepy makes and signs the requests; their outcome is read from the exchange itself, because tweepy
lets half a dozen unrelated exceptions through. X has no idempotency key: after an unknown outcome
the account's own timeline is read back.
"""

from __future__ import annotations

import time
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import OutcomeUnknown, PublishError, RefusedForNow, Rejected
from perihelion.model.posts import Receipt
from perihelion.networks.base import (
    BudgetResult,
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    PublishedPost,
)
from perihelion.networks.shared.account_settings import read_server_url
from perihelion.networks.shared.error_classification import confirm_refusals
from perihelion.networks.shared.http_adapter import HttpAdapter
from perihelion.networks.shared.json_values import get_object
from perihelion.networks.shared.media import require_fit
from perihelion.networks.shared.timeline_reader import find_post, lookup_start, read_timeline
from perihelion.networks.x.api import BAD_REQUEST, FORBIDDEN, BestEffortMemory, XApi
from perihelion.networks.x.budget import read_budget
from perihelion.networks.x.costs import PRICES, decide_budget, month_of, sum_prices
from perihelion.networks.x.media_uploads import MediaUploads
from perihelion.networks.x.spec import LIMITS, PUBLIC_API
from perihelion.networks.x.timeline import MAX_PAGES, fetch_tweets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from perihelion.model.posts import Post
    from perihelion.networks.shared.http_client import ApiResponse
    from perihelion.networks.shared.timeline_reader import Entry, FetchPage, FindPost, Page
    from perihelion.networks.x.timeline import Tweet


class X(HttpAdapter):
    """One account. Values: URL, and four OAuth 1.0a keys or an OAuth 2 client and refresh token.

    Options: budget, over_budget. `pause` waits for some seconds while X processes a picture.
    """

    name = "x"
    limits = LIMITS
    dedupe = Dedupe(DedupeMethod.LOOKUP)

    def __init__(self, context: Context, pause: Callable[[float], None] = time.sleep) -> None:
        self._budget = read_budget(context.account)
        self._api = XApi(context, read_server_url(context, PUBLIC_API))
        super().__init__(context, self._api.http)
        self._memory = BestEffortMemory(context.memory)
        self._pictures = MediaUploads(context, self._api, self._memory, pause)
        self._own_id = ""

    def billed_since(self, now: datetime) -> datetime:
        """The first of the month: budgets are for calendar months (UTC)."""
        return month_of(now)[0]

    def check_budget(
        self, post: Post, earlier_posts: Sequence[Post], now: datetime
    ) -> BudgetResult:
        """Whether the account's budget covers `post`, perhaps without its links."""
        return decide_budget(sum_prices(earlier_posts), self._budget, post, now)

    def check(self) -> Identity:
        """Whose credentials they are, and what a post costs."""
        username = self._get_account()["username"]
        price = f"a post costs {PRICES.post} USD, with a link {PRICES.post_with_link}"
        return Identity(
            f"@{username}",
            f"https://x.com/{username}",
            notes=(f"{price} (prices of {PRICES.as_of})",),
        )

    def publish(self, post: Post, token: str) -> Receipt:
        """Upload and describe each picture, then make the post with one request."""
        require_fit(post, LIMITS)
        with confirm_refusals(self._get_account):
            pictures = self._pictures.upload_pictures(post.pictures, token, LIMITS)
            try:
                return self._create_tweet(post, pictures, token)
            except (Rejected, RefusedForNow):
                if self._http.last_status == BAD_REQUEST:
                    self._pictures.forget_uploads(pictures)
                raise

    def _create_tweet(self, post: Post, pictures: list[str], token: str) -> Receipt:
        try:
            answer = self._api.capture_response(
                "the post",
                lambda client, auth: client.create_tweet(
                    text=post.text,
                    media_ids=pictures or None,
                    in_reply_to_tweet_id=post.reply_to,
                    user_auth=auth,
                ),
            )
        except OutcomeUnknown as error:
            if self._http.last_status != FORBIDDEN:
                raise
            raise self._classify_duplicate(token) from error
        return _make_receipt(answer.require_text("data", "id"))

    def find(self, post: Post, token: str) -> Receipt | None:
        """The account's own post with the same text, from about the same time."""
        return self.open_timeline()(post, token)

    def open_timeline(self) -> FindPost:
        """A `find` that asks for no page twice: each post read is charged."""
        return partial(self._find_on_pages, cache(self._fetch_page))

    def _find_on_pages(self, fetch: FetchPage[Tweet], post: Post, _token: str) -> Receipt | None:
        return find_post(
            post,
            self._read_timeline(lookup_start(post), fetch),
            lambda one: one.item.matches_text(post.text),
            lambda tweet: tweet.text,
            lambda tweet: _make_receipt(tweet.id),
        )

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts, without what it has reposted."""
        return tuple(
            PublishedPost(_make_receipt(one.item.id), one.item.text, one.posted_at)
            for one in self._read_timeline(since, self._fetch_page)
        )

    def _get_account(self) -> dict[str, Any]:
        answer = self._api.capture_response(
            "the account", lambda client, auth: client.get_me(user_auth=auth)
        )
        answer.require_text("data", "id")
        answer.require_text("data", "username")
        return get_object(answer.data, "data")

    def _read_timeline(self, since: datetime, fetch: FetchPage[Tweet]) -> Iterator[Entry[Tweet]]:
        what = self._http.label("the timeline")
        return read_timeline(what, fetch, since, self._context.now, MAX_PAGES)

    def _fetch_page(self, cursor: str) -> Page[Tweet]:
        def request_page(query: dict[str, str]) -> ApiResponse:
            self._own_id = self._own_id or str(self._get_account()["id"])
            path = f"/2/users/{self._own_id}/tweets"
            return self._api.send_request("the timeline", "GET", path, params=query)

        return fetch_tweets(request_page, cursor)

    def _classify_duplicate(self, token: str) -> PublishError:
        """The error for a text that X calls a duplicate: it is on the account, so look it up.

        If X refuses it again after that, the timeline has no such post, and only another wording
        helps.
        """
        if self._memory.get("duplicate") == token:
            text = "X calls it a duplicate, but it is not on the timeline; change its wording"
            return Rejected(self._http.label(f"the post: {text}"))
        self._memory.put("duplicate", token)
        text = "X says that the account has posted this text already"
        return OutcomeUnknown(self._http.label(f"the post: {text}"))


def _make_receipt(number: str) -> Receipt:
    return Receipt(number, f"https://x.com/i/status/{number}")
