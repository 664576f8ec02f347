"""Discord: a channel, through a webhook or through a bot.

A webhook is quicker to set up, but cannot look anything up: an uncertain post is held. A bot sends
a nonce, for which Discord returns the first message for a few minutes; after that, the channel is
read.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from perihelion.compose.text_comparison import is_same_text
from perihelion.model.errors import Rejected
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    Network,
    PublishedPost,
)
from perihelion.networks.discord.api import (
    channel_url,
    parse_bot_token,
    parse_channel,
    parse_webhook,
)
from perihelion.networks.discord.channel import ChannelAdapter
from perihelion.networks.discord.embed import read_text
from perihelion.networks.discord.history import ChannelHistory
from perihelion.networks.discord.spec import API_URL, LIMITS
from perihelion.networks.shared.account_settings import (
    option_error,
    read_pair,
    read_server_url,
    read_variable,
)
from perihelion.networks.shared.error_classification import failures_as_not_sent
from perihelion.networks.shared.json_values import get_value
from perihelion.networks.shared.timeline_reader import find_post, lookup_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.posts import Post, Receipt
    from perihelion.networks.shared.http_client import ApiResponse
    from perihelion.networks.shared.timeline_reader import Entry, FindPost

KEYED = Dedupe(DedupeMethod.KEYED, window=timedelta(minutes=2), then_lookup=True)
"""Discord checks a nonce against "the past few minutes", which means two at least."""
NONCE_LENGTH = 25


class WebhookAdapter(ChannelAdapter):
    """A channel's webhook. Value: WEBHOOK.

    Options: layout, embeds, unknown, thread_id, thread_name.
    """

    embeds_by_default = True
    dedupe = Dedupe(DedupeMethod.NONE)
    limits = replace(LIMITS, replies=False)
    names_thread = True
    advice = "make a new webhook in the channel's settings, under Integrations"

    def __init__(self, context: Context) -> None:
        self._url, self._webhook_id, token = read_variable(context, "WEBHOOK", parse_webhook)
        super().__init__(context, self._url, token)

    def __repr__(self) -> str:
        return f"<WebhookAdapter {self._account.name} on {urlsplit(self._url).netloc}>"

    def check(self) -> Identity:
        """Which webhook it is, and where it posts."""
        with failures_as_not_sent():
            answer = self._identify()
        self._keep_guild(answer)
        notes = (
            "a webhook: its posts cannot be looked up, and cannot be replies",
            f"uncertain posts (option unknown): {self._account.get_option('unknown', 'hold')}",
        )
        where = channel_url(self._guild, answer.get_text("channel_id"))
        return Identity(answer.get_text("name") or f"webhook {self._webhook_id}", where, notes)

    def publish(self, post: Post, token: str) -> Receipt:  # noqa: ARG002 - webhooks have no nonce
        """Make the post, never as a reply: a webhook cannot reply."""
        url = f"{self._url}?wait=true"
        if self._thread.id:
            url += f"&thread_id={self._thread.id}"
        fields = {"thread_name": self._thread.name} if self._thread.name else {}
        return self._create_message(url, fields, post, self._url)

    def _identify(self) -> ApiResponse:
        return self._get_fields("the webhook", self._url, "id", "channel_id")


class BotAdapter(ChannelAdapter):
    """A bot in a channel. Values: URL, TOKEN, CHANNEL. Options: layout, embeds, thread_id.

    To Discord, a thread is a channel.
    """

    dedupe = KEYED
    advice = "check the token, and that the bot may view the channel and send messages"

    def __init__(self, context: Context) -> None:
        token, self._channel_id = read_pair(
            context, ("TOKEN", parse_bot_token), ("CHANNEL", parse_channel)
        )
        super().__init__(context, token)
        self._http.session.headers["Authorization"] = f"Bot {token}"
        if self._thread.name:
            problem = "option 'thread_name' needs a webhook; for a bot, set 'thread_id'"
            raise option_error(context.account, "thread_name", problem)
        self._channel_id = self._thread.id or self._channel_id
        self._base = read_server_url(context, API_URL)
        self._url = f"{self._base}/channels/{self._channel_id}"
        self._own_id = ""

    def check(self) -> Identity:
        """Which bot the token belongs to, and what it may do in the channel."""
        with failures_as_not_sent():
            bot = self._identify()
            channel = self._get_fields("the channel", self._url, "id")
        self._own_id = bot.get_text("id")
        self._keep_guild(channel)
        readable = self._open_history().is_readable()
        notes = (
            f"posts to #{channel.get_text('name') or self._channel_id}",
            "a nonce prevents duplicates for a few minutes; after that, posts are looked up"
            if readable
            else "cannot look up its posts: give the bot the permission Read Message History",
        )
        return Identity(bot.get_text("username"), channel_url(self._guild, self._channel_id), notes)

    def publish(self, post: Post, token: str) -> Receipt:
        """Make the post, or get the one that this token made a few minutes ago."""
        fields: dict[str, Any] = {"nonce": _make_nonce(token), "enforce_nonce": True}
        if post.reply_to:
            if not post.reply_to.isdecimal():
                raise Rejected(f"the post to reply to, {post.reply_to!r}, is not on Discord")
            fields["message_reference"] = {"message_id": post.reply_to, "fail_if_not_exists": True}
        return self._create_message(f"{self._url}/messages", fields, post, self._url)

    def find(self, post: Post, token: str) -> Receipt | None:
        """The bot's own message with this nonce; without nonces, that with the same text.

        It must answer the same message, if any.
        """
        return self.open_timeline()(post, token)

    def open_timeline(self) -> FindPost:
        """A `find` that asks for no page twice."""
        return partial(self._find_on_pages, self._open_history())

    def _find_on_pages(self, history: ChannelHistory, post: Post, token: str) -> Receipt | None:
        nonce = _make_nonce(token)

        def may_be(message: dict[str, Any]) -> bool:
            shown = message.get("nonce")
            return shown == nonce or (shown is None and _answers_same(message, post))

        def get_receipt(message: dict[str, Any]) -> Receipt:
            self._find_guild(self._url)
            return self._make_receipt(message["id"], self._channel_id)

        return find_post(
            post,
            (
                one
                for one in self._read_own_messages(history, lookup_start(post))
                if may_be(one.item)
            ),
            lambda one: (
                one.item.get("nonce") == nonce or is_same_text(read_text(one.item), post.text)
            ),
            # An embed can be removed by a moderator: what then says nothing may be this post.
            lambda message: read_text(message) or post.text,
            get_receipt,
        )

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The bot's own messages; nobody else's."""
        found = list(self._read_own_messages(self._open_history(), since))
        self._find_guild(self._url)
        return tuple(
            PublishedPost(
                self._make_receipt(one.id, self._channel_id), read_text(one.item), one.posted_at
            )
            for one in found
        )

    def _read_own_messages(
        self, history: ChannelHistory, since: datetime
    ) -> Iterator[Entry[dict[str, Any]]]:
        if not self._own_id:
            with failures_as_not_sent():
                answer = self._identify()
            self._own_id = answer.get_text("id")
        found = history.read_since(since)
        return (one for one in found if one.item["author"].get("id") == self._own_id)

    def _identify(self) -> ApiResponse:
        return self._get_fields("the bot", f"{self._base}/users/@me", "id", "username")

    def _open_history(self) -> ChannelHistory:
        return ChannelHistory(self._http, self._url, self._context.now)


def make_adapter(context: Context) -> Network:
    """The webhook's adapter if one is set, otherwise the bot's."""
    return WebhookAdapter(context) if context.get_value("WEBHOOK") else BotAdapter(context)


def _make_nonce(token: str) -> str:
    """The nonce for a token, in the length that Discord accepts."""
    return hashlib.sha256(token.encode()).hexdigest()[:NONCE_LENGTH]


def _answers_same(message: dict[str, Any], post: Post) -> bool:
    """Whether both are answers, or neither is: to which post, a ledger may have forgotten."""
    return bool(get_value(message, "message_reference", "message_id")) == bool(post.reply_to)
