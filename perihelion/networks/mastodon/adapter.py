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
    Identity,
    Method,
    NetworkSpec,
    Option,
    Published,
    Variable,
)
from perihelion.networks.mastodon.client import JsonSession, connect
from perihelion.networks.mastodon.instance import LIMITS, Instance, beside_warning, read_instance
from perihelion.networks.mastodon.timeline import Timeline
from perihelion.networks.shared.addresses import server_url
from perihelion.networks.shared.clocks import earliest
from perihelion.networks.shared.fit import require_fit
from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.outcomes import nothing_posted, reading, sort_status
from perihelion.networks.shared.plain import alike, same, to_text
from perihelion.networks.shared.uploads import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.posts import Limits, Post
    from perihelion.networks.shared.http import Answer

KEYED = Dedupe(Method.KEYED, window=timedelta(hours=1), then_lookup=True)
"""Mastodon keeps a key for an hour."""
LOOKUP = Dedupe(Method.LOOKUP)
ASK_AGAIN = timedelta(minutes=10)
"""How long a server that could not be asked about itself is left in peace."""
GONE = 404


class Mastodon:
    """One account. Values: URL, TOKEN. Options: visibility, content_warning.

    `pause` waits between looks at a picture that the server is still working on.
    """

    name = "mastodon"

    def __init__(self, context: Context, pause: Callable[[float], None] = time.sleep) -> None:
        self._context = context
        self._base = server_url(context)
        token = context.value("TOKEN").strip()
        self._wire = Wire(context, (token,), _sort, session=JsonSession)
        self._client = connect(self._base, token, self._wire.session)
        self._pause = pause
        self._instance = Instance()
        self._ask_at = context.now()
        self._own_id = ""

    def __repr__(self) -> str:
        return f"<Mastodon {self._context.account.name} on {self._base}>"

    @property
    def limits(self) -> Limits:
        """The server's own, or Mastodon's defaults while it cannot be asked."""
        return beside_warning(self._context.account, self._known().limits)

    @property
    def dedupe(self) -> Dedupe:
        """KEYED for Mastodon itself, LOOKUP for all other software."""
        return KEYED if self._known().keyed else LOOKUP

    def not_before(self) -> datetime | None:
        """Until when the server's rate limit asks to wait."""
        return self._wire.not_before()

    def check(self) -> Identity:
        """Whose token it is, and what the server takes."""
        account, known = self._verify(), self._known()
        name = account.get("acct") or account.get("username") or account["id"]
        handle = f"@{name}@{urlsplit(self._base).hostname}"
        notes = (f"{known.software} {known.version}".strip(),)
        return Identity(handle, account.get("url"), notes)

    def publish(self, post: Post, token: str) -> Receipt:
        """Upload each picture, then make the post with one request."""
        require_fit(post, self.limits)
        pictures = in_turn(post.pictures, self._upload)
        option = self._context.account.get_option
        answer = self._wire.call(
            self._named("the post"),
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
        if not answer.text("id"):
            raise self._wire.unreadable(self._named("the post"))
        return _receipt(answer.data)

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - no server keeps the token with the post
        """The account's own post with the same text, in reply to the same post."""
        since = earliest(post)
        for posted_at, status in self._timeline().since(since):
            answers = bool(status.get("in_reply_to_id"))
            if posted_at >= since and answers == bool(post.reply_to) and self._says(status, post):
                return _receipt(status)
        return None

    def recent(self, since: datetime) -> tuple[Published, ...]:
        """The account's own posts, without what it has boosted."""
        return tuple(
            Published(_receipt(status), to_text(status["content"]), posted_at)
            for posted_at, status in self._timeline().since(since)
            if posted_at >= since
        )

    def _named(self, what: str) -> str:
        return f"{self._context.account.name}: {what}"

    def _known(self) -> Instance:
        if not self._instance.answered and self._context.now() >= self._ask_at:
            self._instance = read_instance(self._wire, self._base)
            self._ask_at = self._context.now() + ASK_AGAIN
        return self._instance

    def _verify(self) -> dict[str, Any]:
        what = self._named("the account")
        try:
            answer = self._wire.call(what, self._client.account_verify_credentials)
        except Rejected as error:  # there is nothing else to refuse; snac answers 422
            raise Credentials(str(error)) from error
        if not answer.text("id"):
            raise self._wire.unreadable(what)
        account: dict[str, Any] = answer.data
        return account

    def _timeline(self) -> Timeline:
        with reading():
            self._own_id = self._own_id or str(self._verify()["id"])
        what, now = self._named("the timeline"), self._context.now
        return Timeline(self._wire, self._client, self._own_id, what, now)

    def _says(self, status: dict[str, Any], post: Post) -> bool:
        """Whether a status has the post's text; where its HTML leaves a doubt, its source decides.

        A server that has no source leaves it at the same letters: to post twice is worse.
        """
        shown = to_text(status["content"])
        if same(shown, post.text) or same(str(status.get("text")), post.text):
            return True
        if not alike(shown, post.text):
            return False
        what = self._named("a post's source")
        try:
            with reading():
                answer = self._wire.call(what, lambda: self._client.status_source(status["id"]))
        except NotSent:
            if self._wire.session.response is None:
                raise
            return True
        return same(answer.text("text"), post.text)

    def _post_picture(self, picture: Media) -> None:
        path = Path(picture.file)
        kind = guess_type(path.name)[0] or "application/octet-stream"
        with path.open("rb") as file:
            self._client.media_post(
                file, kind, picture.alt, focus=_focus(picture), file_name=path.name
            )

    def _upload(self, picture: Media) -> str:
        """The id of the uploaded picture, once the server has worked it through.

        There is no post yet, so that no failure here leaves its outcome unknown.
        """
        what = self._named("the picture")
        with nothing_posted():
            answer = self._wire.call(what, lambda: self._post_picture(picture))
            number, waited = answer.text("id"), 0.0
            if not number:
                raise self._wire.unreadable(what)
            while answer.status in {202, 206}:
                if waited >= self._context.deadline:
                    raise NotSent(f"{what} is still being worked on by the server")
                step = min(0.25 + waited, 2.0)
                self._pause(step)
                waited += step
                answer = self._look_at(what, number)
            return number

    def _look_at(self, what: str, number: str) -> Answer:
        """The uploaded picture as it is now. One that is gone says nothing against the post."""
        try:
            return self._wire.call(what, lambda: self._client.media(number))
        except Rejected as error:
            response = self._wire.session.response
            if response is None or response.status_code != GONE:
                raise
            raise NotSent(f"{what} is gone from the server") from error


def _focus(picture: Media) -> tuple[float, ...] | None:
    return tuple(map(float, picture.focus.split(","))) if picture.focus else None


def _sort(status: int, data: object) -> type[PublishError] | None:
    """403: the account may not post (its scope, or it is suspended). 404: see the API's words."""
    says = isinstance(data, dict) and "error" in data
    if status == 403:  # noqa: PLR2004 - Forbidden
        return Credentials if says else NotSent
    if status == GONE:  # the post it answers; or, with a page, the address is wrong
        return Rejected if says else NotSent
    return sort_status(status)


def _receipt(status: dict[str, Any]) -> Receipt:
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
    limits_of=beside_warning,
)
