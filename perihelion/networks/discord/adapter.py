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
    DedupeMethod,
    Identity,
    Network,
    NetworkSpec,
    Option,
    PublishedPost,
    Variable,
)
from perihelion.networks.discord.channel import LIMITS, ChannelAdapter, channel_url
from perihelion.networks.discord.error_codes import (
    API_URL,
    host_of,
    make_variable_error,
    parse_webhook,
)
from perihelion.networks.discord.history import ChannelHistory
from perihelion.networks.shared.addresses import read_server_url
from perihelion.networks.shared.error_classification import failures_as_not_sent
from perihelion.networks.shared.html_text import is_same_text
from perihelion.networks.shared.timeline_reader import lookup_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.posts import Post, Receipt
    from perihelion.networks.shared.timeline_reader import Entry

KEYED = Dedupe(DedupeMethod.KEYED, window=timedelta(minutes=2), then_lookup=True)
"""Discord checks a nonce against "the past few minutes"; two is the fewest that can mean."""
NONCE_LENGTH = 25


class WebhookAdapter(ChannelAdapter):
    """A channel's webhook. Value: WEBHOOK. Options: embeds, unknown."""

    dedupe = Dedupe(DedupeMethod.NONE)
    advice = "make a new webhook in the channel's settings, under Integrations"

    def __init__(self, context: Context) -> None:
        self._url, self._webhook_id, token = parse_webhook(context)
        super().__init__(context, (self._url, token))

    def __repr__(self) -> str:
        return f"<Discord webhook {self._webhook_id} on {host_of(self._url)}>"

    def check(self) -> Identity:
        """Which webhook it is, and where it posts."""
        with failures_as_not_sent():
            answer = self._get_fields("the webhook", self._url, "id", "channel_id")
        self._keep_guild(answer)
        choice = self._context.account.get_option("unknown", "hold")
        notes = (
            "a webhook: its posts cannot be looked up, and answer no other post",
            f"an unknown post: {choice}",
        )
        where = channel_url(self._guild, answer.get_text("channel_id"))
        return Identity(answer.get_text("name") or f"webhook {self._webhook_id}", where, notes)

    def publish(self, post: Post, token: str) -> Receipt:  # noqa: ARG002 - webhooks know no nonce
        """Make the post. What it answers is left out: a webhook cannot reply."""
        return self._create_message(f"{self._url}?wait=true", {}, post, self._url)

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - it cannot know
        """Raises NotSent: a webhook sees a message only by its id."""
        raise NotSent(f"{self._context.account.name}: a webhook cannot look up its posts")

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:  # noqa: ARG002 - as `find`
        """Nothing: a webhook can list no messages."""
        return ()


class BotAdapter(ChannelAdapter):
    """A bot in a channel. Values: URL, TOKEN, CHANNEL. Option: embeds."""

    dedupe = KEYED
    advice = "see that the token is right, and that the bot may view the channel and send messages"

    def __init__(self, context: Context) -> None:
        token = context.get_value("TOKEN").strip().removeprefix("Bot ")
        channel = context.get_value("CHANNEL").strip()
        if not re.fullmatch(r"[!-~]+", token):
            raise make_variable_error(
                context, "TOKEN", "is no bot token; the Developer Portal gives one"
            )
        if not re.fullmatch(r"[0-9]{1,20}", channel):
            raise make_variable_error(context, "CHANNEL", "must be the channel's id, a number")
        super().__init__(context, (token,))
        self._http.session.headers["Authorization"] = f"Bot {token}"
        self._base = read_server_url(context, API_URL)
        self._url = f"{self._base}/channels/{channel}"
        self._channel_id, self._own_id = channel, ""

    def __repr__(self) -> str:
        return f"<Discord bot in {self._channel_id} on {host_of(self._base)}>"

    def check(self) -> Identity:
        """Which bot the token is, that it sees the channel, and whether it may read it."""
        with failures_as_not_sent():
            bot = self._get_fields("the bot", f"{self._base}/users/@me", "id", "username")
            channel = self._get_fields("the channel", self._url, "id")
        self._own_id = bot.get_text("id")
        self._keep_guild(channel)
        readable = self._open_history().is_readable()
        notes = (
            f"posts to #{channel.get_text('name') or self._channel_id}",
            "keeps nonces for a few minutes; then posts are looked up"
            if readable
            else "cannot look its posts up: give it the permission Read Message History",
        )
        return Identity(bot.get_text("username"), channel_url(self._guild, self._channel_id), notes)

    def publish(self, post: Post, token: str) -> Receipt:
        """Make the post, or get the one that this token made a moment ago."""
        fields: dict[str, Any] = {"nonce": _make_nonce(token), "enforce_nonce": True}
        if post.reply_to:
            if not post.reply_to.isdecimal():
                raise Rejected(f"the post it answers, {post.reply_to!r}, is none of Discord's")
            fields["message_reference"] = {"message_id": post.reply_to, "fail_if_not_exists": True}
        return self._create_message(f"{self._url}/messages", fields, post, self._url)

    def find(self, post: Post, token: str) -> Receipt | None:
        """The bot's own message with this nonce; without nonces, that with the same text.

        It must answer the same message, if any.
        """
        for one in self._read_own_messages(lookup_start(post)):
            shown, nonce = one.item.get("nonce"), _make_nonce(token)
            if shown == nonce or (shown is None and _matches_post(one.item, post)):
                self._find_guild(self._url)
                return self._make_receipt(one.id, self._channel_id)
        return None

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The bot's own messages; nobody else's."""
        found = list(self._read_own_messages(since))
        self._find_guild(self._url)
        return tuple(
            PublishedPost(
                self._make_receipt(one.id, self._channel_id), one.item["content"], one.posted_at
            )
            for one in found
        )

    def _read_own_messages(self, since: datetime) -> Iterator[Entry[dict[str, Any]]]:
        if not self._own_id:
            with failures_as_not_sent():
                answer = self._get_fields("the bot", f"{self._base}/users/@me", "id")
            self._own_id = answer.get_text("id")
        found = self._open_history().read_since(since)
        return (one for one in found if one.item["author"].get("id") == self._own_id)

    def _open_history(self) -> ChannelHistory:
        return ChannelHistory(
            self._http, self._url, self._with_account_name("the channel"), self._context.now
        )


def make_adapter(context: Context) -> Network:
    """By the webhook, where one is given; else by the bot."""
    return WebhookAdapter(context) if context.get_value("WEBHOOK") else BotAdapter(context)


def _make_nonce(token: str) -> str:
    """The token as a nonce: the same for the same, in the length that Discord takes."""
    return hashlib.sha256(token.encode()).hexdigest()[:NONCE_LENGTH]


def _matches_post(message: dict[str, Any], post: Post) -> bool:
    reference = message.get("message_reference")
    answered = reference.get("message_id") if isinstance(reference, dict) else None
    return answered == post.reply_to and is_same_text(message["content"], post.text)


_EMBEDS_OPTION = Option("embeds", ("on", "off"), "whether links show a preview")
_UNKNOWN_OPTION = Option(
    "unknown", ("hold", "retry", "skip"), "what becomes of a post nobody knows of"
)

SPEC = NetworkSpec(
    "discord",
    make_adapter,
    LIMITS,
    variants=(
        (Variable("WEBHOOK", secret=True, help="the webhook's URL, as Discord shows it"),),
        (
            Variable("URL", default=API_URL, help="the API's server"),
            Variable("TOKEN", secret=True, help="the bot's token, from the Developer Portal"),
            Variable("CHANNEL", help="the channel's id, a number"),
        ),
    ),
    options=(_EMBEDS_OPTION, _UNKNOWN_OPTION),
    login="perihelion.networks.discord.login:sign_in",
)
