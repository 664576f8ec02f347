"""Discord: a channel, through a webhook or through a bot.

A webhook is quicker to set up, but Discord lets it ask for nothing: an unknown outcome is held. A
bot has a nonce, for which Discord gives back the first message for a few minutes; later it reads
the channel.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import NotSent, Rejected
from perihelion.networks.base import (
    Context,
    Dedupe,
    Identity,
    Method,
    Network,
    NetworkSpec,
    Option,
    Published,
    Variable,
)
from perihelion.networks.discord.answers import URL, host, webhook, wrong
from perihelion.networks.discord.channel import LIMITS, Channel, address
from perihelion.networks.discord.history import History
from perihelion.networks.shared.addresses import server_url
from perihelion.networks.shared.clocks import earliest
from perihelion.networks.shared.outcomes import reading
from perihelion.networks.shared.plain import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.posts import Post, Receipt

KEYED = Dedupe(Method.KEYED, window=timedelta(minutes=2), then_lookup=True)
"""Discord checks a nonce against "the past few minutes"; two is the fewest that can mean."""
NONCE_LENGTH = 25


class Webhook(Channel):
    """A channel's webhook. Value: WEBHOOK. Options: embeds, unknown."""

    dedupe = Dedupe(Method.NONE)
    advice = "make a new webhook in the channel's settings, under Integrations"

    def __init__(self, context: Context) -> None:
        self._url, self._number, token = webhook(context)
        super().__init__(context, (self._url, token))

    def __repr__(self) -> str:
        return f"<Discord webhook {self._number} on {host(self._url)}>"

    def check(self) -> Identity:
        """Which webhook it is, and where it posts."""
        with reading():
            answer = self._ask("the webhook", self._url, "id", "channel_id")
        self._keep_guild(answer)
        choice = self._context.account.get_option("unknown", "hold")
        notes = (
            "a webhook: its posts cannot be looked up, and answer no other post",
            f"an unknown post: {choice}",
        )
        where = address(self._guild, answer.text("channel_id"))
        return Identity(answer.text("name") or f"webhook {self._number}", where, notes)

    def publish(self, post: Post, token: str) -> Receipt:  # noqa: ARG002 - webhooks know no nonce
        """Make the post. What it answers is left out: a webhook cannot reply."""
        return self._create(f"{self._url}?wait=true", {}, post, self._url)

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - it cannot know
        """Raises NotSent: a webhook sees a message only by its id."""
        raise NotSent(f"{self._context.account.name}: a webhook cannot look up its posts")

    def recent(self, since: datetime) -> tuple[Published, ...]:  # noqa: ARG002 - as `find`
        """Nothing: a webhook can list no messages."""
        return ()


class Bot(Channel):
    """A bot in a channel. Values: URL, TOKEN, CHANNEL. Option: embeds."""

    dedupe = KEYED
    advice = "see that the token is right, and that the bot may view the channel and send messages"

    def __init__(self, context: Context) -> None:
        token = context.value("TOKEN").strip().removeprefix("Bot ")
        channel = context.value("CHANNEL").strip()
        if not re.fullmatch(r"[!-~]+", token):
            raise wrong(context, "TOKEN", "is no bot token; the Developer Portal gives one")
        if not re.fullmatch(r"[0-9]{1,20}", channel):
            raise wrong(context, "CHANNEL", "must be the channel's id, a number")
        super().__init__(context, (token,))
        self._wire.session.headers["Authorization"] = f"Bot {token}"
        self._base = server_url(context, URL)
        self._url = f"{self._base}/channels/{channel}"
        self._number, self._own_id = channel, ""

    def __repr__(self) -> str:
        return f"<Discord bot in {self._number} on {host(self._base)}>"

    def check(self) -> Identity:
        """Which bot the token is, that it sees the channel, and whether it may read it."""
        with reading():
            bot = self._ask("the bot", f"{self._base}/users/@me", "id", "username")
            channel = self._ask("the channel", self._url, "id")
        self._own_id = bot.text("id")
        self._keep_guild(channel)
        readable = self._history().readable()
        notes = (
            f"posts to #{channel.text('name') or self._number}",
            "keeps nonces for a few minutes; then posts are looked up"
            if readable
            else "cannot look its posts up: give it the permission Read Message History",
        )
        return Identity(bot.text("username"), address(self._guild, self._number), notes)

    def publish(self, post: Post, token: str) -> Receipt:
        """Make the post, or get the one that this token made a moment ago."""
        fields: dict[str, Any] = {"nonce": _nonce(token), "enforce_nonce": True}
        if post.reply_to:
            if not post.reply_to.isdecimal():
                raise Rejected(f"the post it answers, {post.reply_to!r}, is none of Discord's")
            fields["message_reference"] = {"message_id": post.reply_to, "fail_if_not_exists": True}
        return self._create(f"{self._url}/messages", fields, post, self._url)

    def find(self, post: Post, token: str) -> Receipt | None:
        """The bot's own message with this nonce, or else with this text in reply to the same."""
        since = earliest(post)
        for _, message in self._own(since):
            shown, nonce = message.get("nonce"), _nonce(token)
            if shown == nonce or (shown is None and _says(message, post)):
                self._find_guild(self._url)
                return self._receipt(message["id"], self._number)
        return None

    def recent(self, since: datetime) -> tuple[Published, ...]:
        """The bot's own messages; nobody else's."""
        found = list(self._own(since))
        self._find_guild(self._url)
        return tuple(
            Published(self._receipt(m["id"], self._number), m["content"], at) for at, m in found
        )

    def _own(self, since: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
        if not self._own_id:
            with reading():
                answer = self._ask("the bot", f"{self._base}/users/@me", "id")
            self._own_id = answer.text("id")
        for at, message in self._history().since(since):
            if at >= since and message["author"].get("id") == self._own_id:
                yield at, message

    def _history(self) -> History:
        return History(self._wire, self._url, self._named("the channel"), self._context.now)


def connect(context: Context) -> Network:
    """By the webhook, where one is given; else by the bot."""
    return Webhook(context) if context.value("WEBHOOK") else Bot(context)


def _nonce(token: str) -> str:
    """The token as a nonce: the same for the same, in the length that Discord takes."""
    return hashlib.sha256(token.encode()).hexdigest()[:NONCE_LENGTH]


def _says(message: dict[str, Any], post: Post) -> bool:
    reference = message.get("message_reference")
    answered = reference.get("message_id") if isinstance(reference, dict) else None
    return answered == post.reply_to and same(message["content"], post.text)


_EMBEDS = Option("embeds", ("on", "off"), "whether links show a preview")
_UNKNOWN = Option("unknown", ("hold", "retry", "skip"), "what becomes of a post nobody knows of")

SPEC = NetworkSpec(
    "discord",
    connect,
    LIMITS,
    variants=(
        (Variable("WEBHOOK", secret=True, help="the webhook's URL, as Discord shows it"),),
        (
            Variable("URL", default=URL, help="the API's server"),
            Variable("TOKEN", secret=True, help="the bot's token, from the Developer Portal"),
            Variable("CHANNEL", help="the channel's id, a number"),
        ),
    ),
    options=(_EMBEDS, _UNKNOWN),
    login="perihelion.networks.discord.login:sign_in",
)
