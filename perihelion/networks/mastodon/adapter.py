"""Mastodon, and the servers that speak its API: GoToSocial, Akkoma, Pixelfed, Takahe, snac.

Through Mastodon.py, which makes the requests; what they led to is read from the wire. Only
Mastodon itself is known to keep the Idempotency-Key (an hour, per account); on a server that does
not say that it is Mastodon, posts are looked up instead.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from perihelion.model.errors import Credentials, NotSent, PublishError, Rejected
from perihelion.model.posts import Media, Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    NetworkSpec,
    Option,
    PublishedPost,
    Variable,
)
from perihelion.networks.mastodon.client import JsonSession, make_client
from perihelion.networks.mastodon.instance import (
    LIMITS,
    Instance,
    limits_beside_warning,
    read_instance,
)
from perihelion.networks.mastodon.timeline import PAGE_SIZE, parse_page
from perihelion.networks.shared.addresses import read_server_url
from perihelion.networks.shared.error_classification import (
    classify_status,
    failures_as_not_sent,
    unknown_as_not_sent,
)
from perihelion.networks.shared.fit import require_fit
from perihelion.networks.shared.html_text import has_same_letters, html_to_text, is_same_text
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.timeline_reader import lookup_start, read_timeline
from perihelion.networks.shared.uploads import upload_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.model.posts import Limits, Post
    from perihelion.networks.shared.http_client import ApiResponse
    from perihelion.networks.shared.timeline_reader import Entry, Page

KEYED = Dedupe(DedupeMethod.KEYED, window=timedelta(hours=1), then_lookup=True)
"""Mastodon keeps a key for an hour."""
LOOKUP = Dedupe(DedupeMethod.LOOKUP)
INSTANCE_RETRY_AFTER = timedelta(minutes=10)
"""How long a server that could not be asked about itself is left in peace."""
NOT_FOUND = 404


class Mastodon:
    """One account. Values: URL, TOKEN. Options: visibility, content_warning.

    `pause` waits between looks at a picture that the server is still working on.
    """

    name = "mastodon"

    def __init__(self, context: Context, pause: Callable[[float], None] = time.sleep) -> None:
        self._context = context
        self._base = read_server_url(context)
        token = context.get_value("TOKEN").strip()
        self._http = HttpClient(context, (token,), _classify_response, session=JsonSession)
        self._client = make_client(self._base, token, self._http.session)
        self._pause = pause
        self._instance = Instance()
        self._ask_instance_at = context.now()
        self._own_id = ""

    def __repr__(self) -> str:
        return f"<Mastodon {self._context.account.name} on {self._base}>"

    @property
    def limits(self) -> Limits:
        """The server's own, or Mastodon's defaults while it cannot be asked."""
        return limits_beside_warning(self._context.account, self._get_instance().limits)

    @property
    def dedupe(self) -> Dedupe:
        """KEYED for Mastodon itself, LOOKUP for all other software."""
        return KEYED if self._get_instance().keeps_keys else LOOKUP

    def not_before(self) -> datetime | None:
        """Until when the server's rate limit asks to wait."""
        return self._http.not_before()

    def check(self) -> Identity:
        """Whose token it is, and what the server takes."""
        account, known = self._verify_credentials(), self._get_instance()
        name = account.get("acct") or account.get("username") or account["id"]
        handle = f"@{name}@{urlsplit(self._base).hostname}"
        notes = (f"{known.software} {known.version}".strip(),)
        return Identity(handle, account.get("url"), notes)

    def publish(self, post: Post, token: str) -> Receipt:
        """Upload each picture, then make the post with one request."""
        require_fit(post, self.limits)
        pictures = upload_in_turn(post.pictures, self._upload_picture)
        option = self._context.account.get_option
        answer = self._http.capture_response(
            self._with_account_name("the post"),
            lambda: self._client.status_post(
                post.text,
                in_reply_to_id=post.reply_to,
                media_ids=pictures or None,
                visibility=option("visibility") or None,
                spoiler_text=option("content_warning") or None,
                language=post.language,
                idempotency_key=token,
            ),
        )
        if not answer.get_text("id"):
            raise self._http.unreadable_error(self._with_account_name("the post"))
        return _make_receipt(answer.data)

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - no server keeps the token with the post
        """The account's own post with the same text, in reply to the same post."""
        statuses = self._read_timeline(lookup_start(post))
        return next(
            (_make_receipt(one.item) for one in statuses if self._matches_post(one.item, post)),
            None,
        )

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts, without what it has boosted."""
        return tuple(
            PublishedPost(_make_receipt(one.item), html_to_text(one.item["content"]), one.posted_at)
            for one in self._read_timeline(since)
        )

    def _with_account_name(self, what: str) -> str:
        return f"{self._context.account.name}: {what}"

    def _get_instance(self) -> Instance:
        if not self._instance.answered and self._context.now() >= self._ask_instance_at:
            self._instance = read_instance(self._http, self._base)
            self._ask_instance_at = self._context.now() + INSTANCE_RETRY_AFTER
        return self._instance

    def _verify_credentials(self) -> dict[str, Any]:
        what = self._with_account_name("the account")
        try:
            answer = self._http.capture_response(what, self._client.account_verify_credentials)
        except Rejected as error:  # there is nothing else to refuse; snac answers 422
            raise Credentials(str(error)) from error
        if not answer.get_text("id"):
            raise self._http.unreadable_error(what)
        account: dict[str, Any] = answer.data
        return account

    def _read_timeline(self, since: datetime) -> Iterator[Entry[dict[str, Any]]]:
        what = self._with_account_name("the timeline")
        found = read_timeline(what, self._fetch_page, since, self._context.now)
        return (one for one in found if not one.item.get("reblog"))

    def _fetch_page(self, cursor: str) -> Page[dict[str, Any]]:
        self._own_id = self._own_id or str(self._verify_credentials()["id"])
        answer = self._http.capture_response(
            self._with_account_name("the timeline"),
            lambda: self._client.account_statuses(
                self._own_id, exclude_reblogs=True, max_id=cursor or None, limit=PAGE_SIZE
            ),
        )
        return parse_page(answer)

    def _matches_post(self, status: dict[str, Any], post: Post) -> bool:
        """Whether a status is the post: its text, and whether it is a reply.

        Where its HTML leaves a doubt, its source decides. On a server that has no source, the same
        letters are enough: to post twice is worse.
        """
        if bool(status.get("in_reply_to_id")) != bool(post.reply_to):
            return False
        shown = html_to_text(status["content"])
        if is_same_text(shown, post.text) or is_same_text(str(status.get("text")), post.text):
            return True
        if not has_same_letters(shown, post.text):
            return False
        what = self._with_account_name("a post's source")
        try:
            with failures_as_not_sent():
                answer = self._http.capture_response(
                    what, lambda: self._client.status_source(status["id"])
                )
        except NotSent:
            if self._http.session.response is None:
                raise
            return True
        return is_same_text(answer.get_text("text"), post.text)

    def _post_picture(self, picture: Media) -> None:
        path = Path(picture.file)
        kind = guess_type(path.name)[0] or "application/octet-stream"
        with path.open("rb") as file:
            self._client.media_post(
                file, kind, picture.alt, focus=_parse_focus(picture), file_name=path.name
            )

    def _upload_picture(self, picture: Media) -> str:
        """The id of the uploaded picture, once the server has worked it through.

        There is no post yet, so that no failure here leaves its outcome unknown.
        """
        what = self._with_account_name("the picture")
        with unknown_as_not_sent():
            answer = self._http.capture_response(what, lambda: self._post_picture(picture))
            number, waited = answer.get_text("id"), 0.0
            if not number:
                raise self._http.unreadable_error(what)
            while answer.status in {202, 206}:
                if waited >= self._context.deadline:
                    raise NotSent(f"{what} is still being worked on by the server")
                step = min(0.25 + waited, 2.0)
                self._pause(step)
                waited += step
                answer = self._get_media(what, number)
            return number

    def _get_media(self, what: str, media_id: str) -> ApiResponse:
        """The uploaded picture as it is now. One that is gone says nothing against the post."""
        try:
            return self._http.capture_response(what, lambda: self._client.media(media_id))
        except Rejected as error:
            response = self._http.session.response
            if response is None or response.status_code != NOT_FOUND:
                raise
            raise NotSent(f"{what} is gone from the server") from error


def _parse_focus(picture: Media) -> tuple[float, ...] | None:
    return tuple(map(float, picture.focus.split(","))) if picture.focus else None


def _classify_response(status: int, data: object) -> type[PublishError] | None:
    """403: the account may not post (its scope, or it is suspended). 404: see the API's words."""
    says = isinstance(data, dict) and "error" in data
    if status == 403:  # noqa: PLR2004 - Forbidden
        return Credentials if says else NotSent
    if status == NOT_FOUND:  # the post it answers; or, with a page, the address is wrong
        return Rejected if says else NotSent
    return classify_status(status)


def _make_receipt(status: dict[str, Any]) -> Receipt:
    url = status.get("url") or status.get("uri")
    return Receipt(str(status["id"]), url if isinstance(url, str) else None)


SPEC = NetworkSpec(
    "mastodon",
    Mastodon,
    LIMITS,
    variants=(
        (
            Variable("URL", help="the server, such as https://mastodon.social"),
            Variable("TOKEN", secret=True, help="an access token with the scopes read and write"),
        ),
    ),
    options=(
        Option("visibility", ("public", "unlisted", "private"), "who sees the posts"),
        Option("content_warning", (), "a line to open before the post shows"),
    ),
    login="perihelion.networks.mastodon.login:sign_in",
    limits_of=limits_beside_warning,
)
