"""Telegram: a bot that posts to a channel or a group, through the Bot API.

The API has no idempotency key and does not show a bot its own posts. A post whose answer was lost
is therefore held for a person, unless the account's option `unknown` says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.compose.mentions import neutralize_mentions
from perihelion.model.errors import Credentials, Rejected
from perihelion.model.posts import Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
)
from perihelion.networks.shared.account_settings import (
    read_pair,
    read_server_url,
)
from perihelion.networks.shared.error_classification import confirm_refusals, failures_as_not_sent
from perihelion.networks.shared.http_adapter import HttpAdapter
from perihelion.networks.shared.json_values import get_int, get_object, get_value
from perihelion.networks.shared.media import require_fit, require_text_fit
from perihelion.networks.shared.picture_fitting import fit_picture
from perihelion.networks.telegram.bot_api import (
    BotApi,
    add_alt_text,
    classify_edit,
    make_advice,
    mark_first_line,
    parse_chat,
    parse_token,
    post_url,
)
from perihelion.networks.telegram.spec import API_URL, LIMITS

if TYPE_CHECKING:
    from perihelion.model.posts import Post
    from perihelion.networks.shared.http_client import ApiResponse


class Telegram(HttpAdapter):
    """One bot in one chat. Values: URL, TOKEN, CHAT. Options: alt, link_preview, unknown."""

    name = "telegram"
    limits = LIMITS
    dedupe = Dedupe(DedupeMethod.NONE)

    def __init__(self, context: Context) -> None:
        token, chat = read_pair(context, ("TOKEN", parse_token), ("CHAT", parse_chat))
        self._chat = chat if chat.startswith("@") else int(chat)
        self._api = BotApi(context, read_server_url(context, API_URL), token, chat)
        super().__init__(context, self._api.http)

    def check(self) -> Identity:
        """Which bot the token belongs to, which chat it posts to, and that it may."""
        with failures_as_not_sent():
            bot = self._get_result("the bot", "getMe", "id", "username")
            chat = self._get_result("the chat", "getChat", "id", "type", chat_id=self._chat)
            if chat["type"] != "private":
                query = {"chat_id": self._chat, "user_id": bot["id"]}
                member = self._get_result("its rights", "getChatMember", "status", **query)
                self._require_posting_right(chat, member)
        name = chat.get("username")
        notes = (
            f"the bot @{bot['username']} posts to {chat.get('title') or self._chat}",
            "Telegram has no alt text; the option alt: caption appends it to the caption",
            "posts cannot be looked up; uncertain posts (option unknown): "
            + self._account.get_option("unknown", "hold"),
        )
        url = f"https://t.me/{name}" if name else None
        return Identity(f"@{name}" if name else str(self._chat), url, notes)

    def publish(self, post: Post, token: str) -> Receipt:  # noqa: ARG002 - the API has no token
        """Make the post with one request, which carries the picture as well."""
        require_fit(post, LIMITS)
        if post.reply_to and not post.reply_to.isdecimal():
            raise Rejected(f"the post to reply to, {post.reply_to!r}, is not on Telegram")
        with confirm_refusals(lambda: self._api.get("the bot", "getMe")):
            answer = self._send_post(post)
        number = get_int(answer.data, "result", "message_id")
        if number < 1:
            raise answer.unreadable_error()
        return Receipt(str(number), post_url(get_value(answer.data, "result", "chat"), number))

    def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Give a message another text, or a picture another caption, with one request."""
        require_text_fit(post, LIMITS)
        if not receipt.id.isdecimal():
            raise Rejected(f"the post to correct, {receipt.id!r}, is not on Telegram")
        fields = self._make_text_fields(post) | {"message_id": int(receipt.id)}
        method = "editMessageCaption" if post.picture else "editMessageText"
        with confirm_refusals(lambda: self._api.get("the bot", "getMe")):
            answer = self._api.send(method, fields, None, classify_edit)
        is_changed = answer.status < 300  # noqa: PLR2004 - otherwise it said so already
        if is_changed and answer.get_text("result", "message_id") != receipt.id:
            raise answer.unreadable_error()
        return receipt

    def _send_post(self, post: Post) -> ApiResponse:
        """Send the post, with its picture if it has one."""
        fields = self._make_text_fields(post)
        if post.reply_to:
            fields["reply_parameters"] = {"message_id": int(post.reply_to)}
        photo = fit_picture(post.picture, LIMITS) if post.picture else None
        return self._api.send("sendPhoto" if photo else "sendMessage", fields, photo)

    def _make_text_fields(self, post: Post) -> dict[str, Any]:
        """The chat, and the text without a parse_mode, so that every character stands for itself.

        Its first line is bold, which takes nothing from its text and adds nothing.
        """
        fields: dict[str, Any] = {"chat_id": self._chat}
        marks = mark_first_line(post.text)
        if marks:
            fields["caption_entities" if post.picture else "entities"] = marks
        if post.picture:
            alt = post.picture.alt if self._account.get_option("alt") == "caption" else ""
            fields["caption"] = add_alt_text(post.text, neutralize_mentions(alt, LIMITS.mentions))
        else:
            fields["text"] = post.text
            if self._account.get_option("link_preview") == "off":
                fields["link_preview_options"] = {"is_disabled": True}
        return fields

    def _get_result(
        self, what: str, method: str, *needed: str, **query: int | str
    ) -> dict[str, Any]:
        """The result of a method that only reads, which must have the fields `needed`."""
        answer = self._api.get(what, method, **query)
        for name in needed:
            answer.require_text("result", name)
        return get_object(answer.data, "result")

    def _require_posting_right(self, chat: dict[str, Any], member: dict[str, Any]) -> None:
        """Raise Credentials unless the bot, as this member, may post to the chat."""
        status = member["status"]
        rights = {
            "creator": True,
            "administrator": chat["type"] != "channel" or member.get("can_post_messages"),
            "member": chat["type"] != "channel",
            "restricted": member.get("can_send_messages"),
        }
        if not rights.get(status):
            problem = f"the bot may not post to {self._chat} (its status there is {status})"
            raise Credentials(self._http.label(f"{problem}; {make_advice(self._chat)}"))
