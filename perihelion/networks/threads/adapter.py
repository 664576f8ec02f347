"""Threads: a post is first a container, then published.

The container's number is kept before it is published, so that a try whose answer was lost can ask
what became of it.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    NotSent,
    OutcomeUnknown,
    PublishError,
    Rejected,
)
from perihelion.model.posts import Counting, Limits, Receipt
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import (
    Context,
    Dedupe,
    Identity,
    Method,
    NetworkSpec,
    Published,
    Variable,
)
from perihelion.networks.shared.addresses import server_url
from perihelion.networks.shared.clocks import earliest
from perihelion.networks.shared.fit import require_fit
from perihelion.networks.shared.media_url import MEDIA_URL, media_base, public_url, where_served
from perihelion.networks.shared.plain import same
from perihelion.networks.threads.api import Api
from perihelion.networks.threads.container import OVER, READY, Containers, Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.posts import Post

PUBLIC = "https://graph.threads.net"
LIMITS = Limits(
    length=500, counting=Counting.THREADS, pictures=0, alt_length=1000, picture_bytes=8_000_000
)
"""Meta's documents: 500 characters, pictures of 8 MB. They state no limit of alt text; ours is
1,000. Pictures need the option media_url."""
LINKS = 5
"""With more different links than this a container is refused (since 2025-12-22)."""
KINDS = frozenset({".jpg", ".jpeg", ".png"})
DEDUPE = Dedupe(Method.KEYED, window=timedelta(hours=24), then_lookup=True)
"""A container lives 24 hours."""


class Threads:
    """One account. Values: URL, USER, TOKEN. Option: media_url.

    `pause` waits between looks at a container that is not ready.
    """

    name = "threads"
    dedupe = DEDUPE

    def __init__(self, context: Context, pause: Callable[[float], None] = time.sleep) -> None:
        self._context = context
        self._user = context.value("USER").strip()
        if not re.fullmatch("[0-9]{1,30}", self._user):
            message = f"{context.account.env_prefix}_USER must be the account's number, digits only"
            raise ConfigurationError(
                [Mistake(SourceLocation("environment"), "credentials", message)]
            )
        self._media = media_base(context.account)
        self._api = Api(context, server_url(context, PUBLIC))
        self._containers = Containers(context, self._api, pause)

    def __repr__(self) -> str:
        return f"<Threads {self._context.account.name} as {self._user}>"

    @property
    def limits(self) -> Limits:
        """Meta's; with a picture where the account says under which address pictures stand."""
        return where_served(self._context.account, LIMITS)

    def not_before(self) -> datetime | None:
        """Until when the API's rate limit asks to wait."""
        return self._api.not_before()

    def check(self) -> Identity:
        """Whose token it is, until when, and what is left of the day's posts."""
        answer = self._api.get("the account", "me", fields="id,username")
        number, name = answer.text("id"), answer.text("username")
        if not (number and name):
            raise self._api.unreadable("the account")
        if number != self._user:
            variable = f"{self._context.account.env_prefix}_USER"
            raise Credentials(self._api.named(f"the token is that of {number}: set {variable} so"))
        ends = self._api.expires_at
        notes = () if ends else ("its token's end is not known before its first refresh",)
        url = f"https://www.threads.net/@{name}"
        return Identity(f"@{name}", url, (*self._quota(), *notes), ends)

    def publish(self, post: Post, token: str) -> Receipt:
        """Make the container, or ask what became of it; then publish it with one request."""
        draft = self._containers.kept(post, token)
        if draft is None:
            self._require(post)
            found = self._forgotten(post, token)
            if found:
                return found
        elif draft.receipt:
            return Receipt(*draft.receipt)
        self._api.refresh()
        if draft is not None:
            status = self._containers.status(draft)
            receipt = self._published(post, draft, status)
            if receipt:
                return self._done(token, draft, receipt)
            draft = draft if status in READY else None
        draft = draft or self._containers.make(post, token, self._fields(post))
        self._containers.wait_for(draft, token)
        return self._release(draft, token)

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - posts keep no token
        """The account's own post with the same text, in reply to the same post."""
        since = earliest(post)
        for own in self._api.own("replies" if post.reply_to else "threads", since):
            if same(own.text, post.text) and own.replied_to == post.reply_to:
                return Receipt(own.id, own.permalink)
        return None

    def recent(self, since: datetime) -> tuple[Published, ...]:
        """The account's own posts, without its replies and what it has passed on."""
        return tuple(
            Published(Receipt(own.id, own.permalink), own.text, own.posted_at)
            for own in self._api.own("threads", since)
            if own.text
        )

    def _quota(self) -> tuple[str, ...]:
        """How many of the day's posts are used, if the API says."""
        path = f"{self._user}/threads_publishing_limit"
        try:
            row = self._api.get("the quota", path, fields="quota_usage,config").data["data"][0]
            used, most = int(row["quota_usage"]), int(row["config"]["quota_total"])
        except (PublishError, KeyError, IndexError, TypeError, ValueError):
            return ()
        return (f"{used} of {most} posts in 24 hours used",)

    def _require(self, post: Post) -> None:
        """Raise Rejected for what Threads would refuse."""
        require_fit(post, self.limits)
        different = len(set(post.links))
        if different > LINKS:
            raise Rejected(f"the text has {different} links of {LINKS}; shorten its template")
        if post.picture and Path(post.picture.file).suffix.lower() not in KINDS:
            raise Rejected(f"the picture {post.picture.file} is neither JPEG nor PNG")

    def _fields(self, post: Post) -> dict[str, str]:
        fields = {"media_type": "TEXT", "text": post.text}
        if post.picture:
            url = public_url(self._media, post.picture)
            fields |= {"media_type": "IMAGE", "image_url": url, "alt_text": post.picture.alt}
        return fields | ({"reply_to_id": post.reply_to} if post.reply_to else {})

    def _forgotten(self, post: Post, token: str) -> Receipt | None:
        """The post, where an earlier try made it with another token, and so with another memory."""
        composed_at = datetime.fromisoformat(post.created_at)
        return self.find(post, token) if self._api.may_have_forgotten(composed_at) else None

    def _published(self, post: Post, draft: Draft, status: str) -> Receipt | None:
        """The post, where an earlier try did publish its container; None if surely none did."""
        if status != "PUBLISHED" and not (draft.left and status in OVER):
            return None
        found = self.find(post, "")
        if found is None and status == "PUBLISHED":
            raise OutcomeUnknown(self._api.named("the post is published, but not listed yet"))
        return found

    def _release(self, draft: Draft, token: str) -> Receipt:
        """Publish the container: the one request that makes the post."""
        self._containers.keep(token, replace(draft, left=True))
        path = f"{self._user}/threads_publish"
        try:
            number = self._api.post("the post", path, creation_id=draft.id).text("id")
        except (Rejected, Credentials, NotSent):
            self._containers.keep(token, draft)
            raise
        if not number:
            raise self._api.unreadable("the post")
        return self._done(token, draft, Receipt(number, self._permalink(number)))

    def _done(self, token: str, draft: Draft, receipt: Receipt) -> Receipt:
        kept = replace(draft, left=True, receipt=(receipt.id, receipt.url))
        self._containers.keep(token, kept)
        return receipt

    def _permalink(self, number: str) -> str | None:
        """The post's address. The post is there, whether or not this can be had."""
        if not re.fullmatch("[0-9]{1,40}", number):
            return None
        try:
            answer = self._api.get("the post's address", number, fields="permalink")
        except PublishError:
            return None
        return answer.text("permalink") or None


SPEC = NetworkSpec(
    "threads",
    Threads,
    LIMITS,
    variants=(
        (
            Variable("URL", required=False, default=PUBLIC, help="the API's address"),
            Variable("USER", help="the account's number (Threads user id)"),
            Variable("TOKEN", secret=True, help="a long-lived access token"),
        ),
    ),
    options=(MEDIA_URL,),
    read_options=media_base,
    login="perihelion.networks.threads.login:sign_in",
    limits_of=lambda account: where_served(account, LIMITS),
)
