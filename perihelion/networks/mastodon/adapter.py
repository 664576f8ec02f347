"""Mastodon, and the servers with its API: GoToSocial, Akkoma, Pixelfed, Takahe, snac.

Mastodon.py makes the requests; their outcome is read from the exchange itself. Only Mastodon itself
is known to keep the Idempotency-Key (for an hour, per account). On a server that does not identify
itself as Mastodon, posts are looked up instead.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from perihelion.compose.text_comparison import has_same_letters, is_same_text
from perihelion.compose.text_length import strip_mention_hosts
from perihelion.model.errors import Credentials, NotSent, RefusedForNow, Rejected
from perihelion.model.posts import Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    PublishedPost,
)
from perihelion.networks.mastodon.client import JsonSession, classify_response, make_client
from perihelion.networks.mastodon.edits import edit_status
from perihelion.networks.mastodon.instance import (
    Instance,
    choose_warning,
    describe_bot_flag,
    read_instance,
)
from perihelion.networks.mastodon.media_uploads import MediaUploads
from perihelion.networks.mastodon.server_notes import describe_server
from perihelion.networks.mastodon.spec import limits_beside_warning
from perihelion.networks.mastodon.timeline import PAGE_SIZE, parse_page
from perihelion.networks.shared.account_settings import read_server_url
from perihelion.networks.shared.error_classification import (
    confirm_refusals,
    failures_as_not_sent,
    missing_parent_as_gone,
)
from perihelion.networks.shared.html_text import html_to_text
from perihelion.networks.shared.http_adapter import HttpAdapter
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.json_values import get_object, get_text
from perihelion.networks.shared.media import require_fit, require_text_fit
from perihelion.networks.shared.timeline_reader import (
    find_post,
    is_after_first_try,
    lookup_start,
    read_timeline,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from perihelion.model.posts import Limits, Post
    from perihelion.networks.shared.timeline_reader import Entry, FetchPage, FindPost, Page

    FetchSource = Callable[[str], str | None]
    Status = dict[str, Any]

KEYED = Dedupe(DedupeMethod.KEYED, window=timedelta(hours=1), then_lookup=True)
"""Mastodon keeps a key for an hour."""
LOOKUP = Dedupe(DedupeMethod.LOOKUP)
INSTANCE_RETRY_AFTER = timedelta(minutes=10)
"""How long to wait before asking a server about itself again after a failure."""
NO_SOURCE_STATUSES = frozenset({400, 403, 404, 405, 410, 422, 501})
"""With these a server means that it does not show the source of a post."""


class Mastodon(HttpAdapter):
    """One account. Values: URL, TOKEN. Options: visibility, content_warning, memorial_warning.

    `pause` waits for some seconds while the server processes a picture.
    """

    name = "mastodon"

    def __init__(self, context: Context, pause: Callable[[float], None] = time.sleep) -> None:
        self._base = read_server_url(context)
        self._token = token = context.get_value("TOKEN")
        super().__init__(
            context, HttpClient(context, (token,), classify=classify_response, session=JsonSession)
        )
        self._client = make_client(self._base, token, self._http.session)
        self._uploads = MediaUploads(self._http, self._client, pause, context.deadline)
        self._instance = Instance()
        self._ask_instance_at = context.now()
        self._own_id = ""

    @property
    def limits(self) -> Limits:
        """The server's own limits, or Mastodon's defaults as long as it does not answer."""
        return limits_beside_warning(self._account, self._get_instance().limits)

    @property
    def dedupe(self) -> Dedupe:
        """KEYED for Mastodon itself, LOOKUP for all other software."""
        return KEYED if self._get_instance().keeps_keys else LOOKUP

    def check(self) -> Identity:
        """Whose token it is, which software runs there, and whether the account is a bot's."""
        account, known = self._verify_credentials(), self._get_instance()
        name = account.get("acct") or account.get("username") or account["id"]
        handle = f"@{name}@{known.domain or urlsplit(self._base).hostname}"
        notes = (*describe_server(known), describe_bot_flag(account))
        return Identity(handle, account.get("url"), tuple(filter(None, notes)))

    def publish(self, post: Post, token: str) -> Receipt:
        """Upload each picture, then make the post with one request."""
        limits = self.limits
        require_fit(post, limits)
        with confirm_refusals(self._verify_credentials):
            return self._create_status(post, token, limits)

    def _create_status(self, post: Post, token: str, limits: Limits) -> Receipt:
        pictures = self._uploads.upload_pictures(post.pictures, limits)
        with missing_parent_as_gone(post, lambda: self._http.last_status):
            answer = self._http.capture_response(
                "the post",
                lambda: self._client.status_post(
                    post.text,
                    in_reply_to_id=post.reply_to,
                    media_ids=pictures or None,
                    visibility=self._account.get_option("visibility") or None,
                    spoiler_text=choose_warning(self._account, post) or None,
                    language=post.language,
                    idempotency_key=token,
                ),
            )
        answer.require_text("id")
        return _make_receipt(answer.data)

    def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Give a status another text; some servers give it another id, too."""
        require_text_fit(post, self.limits)
        with confirm_refusals(self._verify_credentials):
            answer = edit_status(self._http, self._base, self._token, receipt, post)
        return _make_receipt(answer.data)

    def find(self, post: Post, token: str) -> Receipt | None:
        """The account's own post with the same text, in reply to the same post."""
        return self.open_timeline()(post, token)

    def open_timeline(self) -> FindPost:
        """A `find` that asks for no page, and for no post's source, twice."""
        return partial(self._find_on_pages, cache(self._fetch_page), cache(self._fetch_source))

    def _find_on_pages(
        self, fetch: FetchPage[Status], fetch_source: FetchSource, post: Post, _token: str
    ) -> Receipt | None:
        found = self._read_timeline(lookup_start(post), fetch)
        return find_post(
            post,
            (one for one in found if bool(one.item.get("in_reply_to_id")) == bool(post.reply_to)),
            lambda one: _is_same_post(one, post, fetch_source),
            lambda status: html_to_text(status["content"]),
            _make_receipt,
        )

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts, without what it has boosted."""
        return tuple(
            PublishedPost(_make_receipt(one.item), html_to_text(one.item["content"]), one.posted_at)
            for one in self._read_timeline(since, self._fetch_page)
        )

    def _get_instance(self) -> Instance:
        if not self._instance.answered and self._context.now() >= self._ask_instance_at:
            self._instance = read_instance(self._http, self._base)
            self._ask_instance_at = self._context.now() + INSTANCE_RETRY_AFTER
        return self._instance

    def _verify_credentials(self) -> dict[str, Any]:
        try:
            answer = self._http.capture_response(
                "the account", self._client.account_verify_credentials
            )
        except (Rejected, RefusedForNow) as error:  # only the token: snac answers 422, Takahe 400
            raise Credentials(str(error)) from error
        answer.require_text("id")
        return get_object(answer.data)

    def _read_timeline(self, since: datetime, fetch: FetchPage[Status]) -> Iterator[Entry[Status]]:
        what = self._http.label("the timeline")
        found = read_timeline(what, fetch, since, self._context.now)
        return (one for one in found if not one.item.get("reblog"))

    def _fetch_page(self, cursor: str) -> Page[Status]:
        self._own_id = self._own_id or str(self._verify_credentials()["id"])
        answer = self._http.capture_response(
            "the timeline",
            lambda: self._client.account_statuses(
                self._own_id, exclude_reblogs=True, max_id=cursor or None, limit=PAGE_SIZE
            ),
        )
        return parse_page(answer)

    def _fetch_source(self, status_id: str) -> str | None:
        """A status as it was written; None where the server does not keep that."""
        try:
            with failures_as_not_sent():
                answer = self._http.capture_response(
                    "a post's source", lambda: self._client.status_source(status_id)
                )
        except NotSent:
            if self._http.last_status not in NO_SOURCE_STATUSES:
                raise
            return None
        return answer.get_text("text")


def _is_same_post(entry: Entry[Status], post: Post, fetch_source: FetchSource) -> bool:
    """Whether a status has the post's text, as it is shown or else as it was written.

    On a server that does not keep what was written, the same letters are enough.
    """
    shown = html_to_text(entry.item["content"])
    if is_same_text(strip_mention_hosts(shown), strip_mention_hosts(post.text)):
        return True
    same_letters = has_same_letters(shown, post.text)
    if not (same_letters or is_after_first_try(entry, post)):
        return False
    known = entry.item.get("text")
    written = known if isinstance(known, str) else fetch_source(entry.id)
    return same_letters if written is None else is_same_text(written, post.text)


def _make_receipt(status: dict[str, Any]) -> Receipt:
    url = get_text(status, "url") or get_text(status, "uri")
    return Receipt(str(status["id"]), url or None)
