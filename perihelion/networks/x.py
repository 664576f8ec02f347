"""X (formerly Twitter), through tweepy.

tweepy makes and signs the requests; what they led to is read from the wire, because tweepy lets
half a dozen exceptions of others through. X knows no idempotency key: after an unknown outcome the
account's own timeline is read back.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import LedgerError, NotSent, OutcomeUnknown, PublishError, Rejected
from perihelion.model.posts import Counting, Limits, Receipt
from perihelion.networks.addresses import server_url
from perihelion.networks.base import (
    Afforded,
    Context,
    Dedupe,
    Identity,
    Method,
    NetworkSpec,
    Option,
    Published,
    Variable,
)
from perihelion.networks.fit import require_fit
from perihelion.networks.outcomes import nothing_posted, reading
from perihelion.networks.x_api import FORBIDDEN, Api, field
from perihelion.networks.x_costs import PRICES, OverBudget, afford, month_of, read_budget
from perihelion.networks.x_timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.model.posts import Media, Post

PUBLIC = "https://api.x.com"
LIMITS = Limits(
    length=280,
    counting=Counting.WEIGHTED,
    url_length=23,
    pictures=4,
    alt_length=1000,
    picture_bytes=5_000_000,
)
REACH = timedelta(days=3)
"""How much older than its `created_at` a post may look: clocks jump, and texts hardly recur."""
PICTURE_LIFE = timedelta(hours=20)
"""How long an uploaded picture is used: X keeps it for a day."""


class X:
    """One account. Values: URL, and four OAuth 1.0a keys or an OAuth 2 client and refresh token.

    Options: budget, over_budget.
    """

    name = "x"
    limits = LIMITS
    dedupe = Dedupe(Method.LOOKUP)

    def __init__(self, context: Context) -> None:
        self._context = context
        self._base = server_url(context, PUBLIC)
        self._budget = read_budget(context.account)
        self._api = Api(context, self._base)
        self._own_id = ""

    def __repr__(self) -> str:
        return f"<X {self._context.account.name} on {self._base}>"

    def not_before(self) -> datetime | None:
        """Until when X's rate limit asks to wait."""
        return self._api.wire.not_before()

    def billed_since(self, now: datetime) -> datetime:
        """The first of the month: budgets are for calendar months (UTC)."""
        return month_of(now)[0]

    def afford(self, post: Post, earlier: Sequence[Post], now: datetime) -> Afforded:
        """Whether the account's budget lets `post` out, perhaps without its links."""
        return afford(self._budget, post, earlier, now)

    def check(self) -> Identity:
        """Whose credentials they are, and what a post costs."""
        me = self._me()
        price = f"a post costs {PRICES.post} USD, with a link {PRICES.post_with_link}"
        return Identity(
            f"@{me['username']}",
            f"https://x.com/{me['username']}",
            notes=(f"{price} (prices of {PRICES.as_of})",),
        )

    def publish(self, post: Post, token: str) -> Receipt:
        """Upload and describe the picture, if any, then make the post with one request."""
        require_fit(post, LIMITS)
        pictures = [self._picture(post.picture, token)] if post.picture else None
        what = self._named("the post")
        try:
            answer = self._api.call(
                what,
                lambda client, auth: client.create_tweet(
                    text=post.text,
                    media_ids=pictures,
                    in_reply_to_tweet_id=post.reply_to,
                    user_auth=auth,
                ),
            )
        except OutcomeUnknown as error:
            if self._api.status != FORBIDDEN:
                raise
            raise self._duplicate(what, token) from error
        number = field(answer, "id")
        if not number:
            raise self._api.wire.unreadable(what)
        return _receipt(number)

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - X keeps no token
        """The account's own post with the same text, from about the same time."""
        since = datetime.fromisoformat(post.created_at) - REACH
        for one in self._timeline().since(since):
            if one.posted_at >= since and one.says(post.text):
                return _receipt(one.id)
        return None

    def recent(self, since: datetime) -> tuple[Published, ...]:
        """The account's own posts, without what it has reposted."""
        return tuple(
            Published(_receipt(one.id), one.text, one.posted_at)
            for one in self._timeline().since(since)
            if one.posted_at >= since
        )

    def _named(self, what: str) -> str:
        return f"{self._context.account.name}: {what}"

    def _me(self) -> dict[str, Any]:
        what = self._named("the account")
        answer = self._api.call(what, lambda client, auth: client.get_me(user_auth=auth))
        if not (field(answer, "id") and field(answer, "username")):
            raise self._api.wire.unreadable(what)
        me: dict[str, Any] = answer.data["data"]
        return me

    def _timeline(self) -> Timeline:
        with reading():
            self._own_id = self._own_id or str(self._me()["id"])
        what, path = self._named("the timeline"), f"/2/users/{self._own_id}/tweets"
        return Timeline(
            lambda query: self._api.ask(what, "GET", path, params=query),
            what,
            self._context.now,
        )

    def _duplicate(self, what: str, token: str) -> PublishError:
        """What a text that X calls a duplicate is: it stands on the account, so it is looked up.

        If it is refused again after that, nothing recent is the same, and only another wording
        helps.
        """
        if self._recall("duplicate") == token:
            text = "calls it a duplicate, and it is not on the timeline; change its wording"
            return Rejected(f"{what}: X {text}")
        self._remember("duplicate", token)
        return OutcomeUnknown(f"{what}: X says that the account has posted this text already")

    def _picture(self, picture: Media, token: str) -> str:
        """The id of the uploaded and described picture; a later try of the same post reuses it.

        There is no post yet, so that no failure here leaves its outcome unknown.
        """
        try:
            data = Path(picture.file).read_bytes()
        except OSError as error:
            raise Rejected(f"the picture {picture.file} cannot be read") from error
        digest = hashlib.sha256(f"{token} {picture.alt} ".encode() + data).hexdigest()
        kept = (self._recall("picture") or "").split(" ")
        with suppress(ValueError, IndexError):
            if kept[0] == digest and self._context.now() < datetime.fromisoformat(kept[2]):
                return kept[1]
        until = self._context.now() + PICTURE_LIFE
        with nothing_posted():
            number = self._upload(data)
            self._describe(number, picture.alt)
        self._remember("picture", f"{digest} {number} {until.isoformat()}")
        return number

    def _upload(self, data: bytes) -> str:
        what = self._named("the picture")
        form = {"media": base64.b64encode(data).decode(), "media_category": "tweet_image"}
        answer = self._api.ask(what, "POST", "/2/media/upload", json=form)
        number = field(answer, "id")
        state = field(answer, "processing_info", "state")
        if not number:
            raise self._api.wire.unreadable(what)
        if state == "failed":
            raise Rejected(f"{what} cannot be processed by X; save it anew")
        if state in {"pending", "in_progress"}:
            raise NotSent(f"{what} is still being worked on by X")
        return number

    def _describe(self, number: str, alt: str) -> None:
        if alt:
            what = self._named("the alt text")
            form = {"id": number, "metadata": {"alt_text": {"text": alt}}}
            answer = self._api.ask(what, "POST", "/2/media/metadata", json=form)
            if not field(answer, "id"):
                raise self._api.wire.unreadable(what)

    def _recall(self, name: str) -> str | None:
        with suppress(LedgerError):
            return self._context.memory.get(name)
        return None

    def _remember(self, name: str, value: str) -> None:
        """A convenience only: what cannot be kept is asked for again."""
        with suppress(LedgerError):
            self._context.memory.put(name, value)


def _receipt(number: str) -> Receipt:
    return Receipt(number, f"https://x.com/i/status/{number}")


_URL = Variable("URL", required=False, default=PUBLIC, help="another server, for tests")
SPEC = NetworkSpec(
    "x",
    X,
    LIMITS,
    variants=(
        (
            _URL,
            Variable("API_KEY", secret=True, help="the app's API key (OAuth 1.0a)"),
            Variable("API_SECRET", secret=True, help="the app's API key secret"),
            Variable("ACCESS_TOKEN", secret=True, help="the account's access token"),
            Variable("ACCESS_SECRET", secret=True, help="the account's access token secret"),
        ),
        (
            _URL,
            Variable("CLIENT_ID", help="the app's client ID (OAuth 2)"),
            Variable("CLIENT_SECRET", secret=True, required=False, help="if it has one"),
            Variable("REFRESH_TOKEN", secret=True, help="from the sign-in; renewed ever after"),
        ),
    ),
    options=(
        Option("budget", (), 'USD to spend in a calendar month at the most, such as "5.00"'),
        Option("over_budget", tuple(OverBudget), "what becomes of a post beyond the budget"),
    ),
    read_options=read_budget,
    login="perihelion.networks.login_x:sign_in",
)
