"""Telegram: a bot that posts to a channel or a group, through the Bot API.

The API keeps no key, and shows a bot nothing of what it has posted: a post whose answer is lost
is held for a person, unless the account chose otherwise (option `unknown`).
"""

from __future__ import annotations

import json
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    NotSent,
    Rejected,
)
from perihelion.model.posts import Counting, Limits, Receipt
from perihelion.model.source_location import Mistake, SourceLocation
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
from perihelion.networks.shared.addresses import read_server_url
from perihelion.networks.shared.error_classification import failures_as_not_sent
from perihelion.networks.shared.fit import require_fit
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.telegram.answers import classify_response, get_error_parameter, post_url
from perihelion.networks.telegram.caption import CAPTION_LENGTH, add_alt_text
from perihelion.networks.telegram.names import CHAT_PATTERN, TOKEN_PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from perihelion.model.posts import Media, Post

API_URL = "https://api.telegram.org"
LIMITS = Limits(
    length=4096,
    counting=Counting.UTF16,
    alt_length=5000,
    picture_bytes=10_000_000,
    caption_length=CAPTION_LENGTH,
)
"""Bot API 10.1, sendMessage and sendPhoto. There is no alt text to limit: 5,000 stops no picture
for what Telegram does not show."""


class Telegram:
    """One bot in one chat. Values: URL, TOKEN, CHAT. Options: alt, link_preview, unknown."""

    name = "telegram"
    limits = LIMITS
    dedupe = Dedupe(DedupeMethod.NONE)

    def __init__(self, context: Context) -> None:
        self._account = context.account
        token, self._chat = _read_settings(context)
        self._base = read_server_url(context, API_URL)
        self._api_url = f"{self._base}/bot{token}"
        secrets = (token, token.partition(":")[2])
        self._http = HttpClient(
            context,
            secrets,
            classify_response,
            read_retry_after=lambda data: get_error_parameter(data, "retry_after"),
        )

    def __repr__(self) -> str:
        return f"<Telegram {self._account.name} to {self._chat} on {self._base}>"

    def not_before(self) -> datetime | None:
        """Until when the last 429 asks to wait."""
        return self._http.not_before()

    def check(self) -> Identity:
        """Which bot the token is, which chat it posts to, and that it may."""
        with failures_as_not_sent():
            bot = self._get_result("the bot", "getMe", "id", "username")
            chat = self._get_result("the chat", "getChat", "id", "type", chat_id=self._chat)
            if chat["type"] != "private":
                them = {"chat_id": self._chat, "user_id": bot["id"]}
                self._require_posting_right(
                    chat, self._get_result("its rights", "getChatMember", "status", **them)
                )
        name = chat.get("username")
        doubtful = self._account.get_option("unknown", "hold")
        notes = (
            f"the bot @{bot['username']} posts to {chat.get('title') or self._chat}",
            "no alt text on Telegram; the option alt: caption puts it at the caption's end",
            f"posts cannot be looked up; an unknown one: {doubtful}",
        )
        url = f"https://t.me/{name}" if name else None
        return Identity(f"@{name}" if name else str(self._chat), url, notes)

    def publish(self, post: Post, token: str) -> Receipt:  # noqa: ARG002 - the API keeps no token
        """Make the post with one request, which brings the picture too."""
        require_fit(post, LIMITS)
        if post.reply_to and not post.reply_to.isdecimal():
            raise Rejected(f"the post it answers, {post.reply_to!r}, is none of Telegram's")
        what = "the post"
        message = self._capture_result(what, lambda: self._send_post(post))
        number = message.get("message_id")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise self._http.unreadable_error(self._with_account_name(what))
        return Receipt(str(number), post_url(message.get("chat"), number))

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - it cannot know
        """Raises NotSent: the Bot API shows a bot nothing of what it has posted."""
        raise NotSent(f"{self._account.name}: Telegram does not let a bot look up its posts")

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:  # noqa: ARG002 - as `find`
        """Nothing: the Bot API has no list of a chat's posts."""
        return ()

    def _with_account_name(self, what: str) -> str:
        return f"{self._account.name}: {what}"

    def _send_post(self, post: Post) -> object:
        """Text goes as JSON, a picture as a form. No parse_mode: every sign stands for itself."""
        fields: dict[str, Any] = {"chat_id": self._chat}
        if post.reply_to:
            fields["reply_parameters"] = {"message_id": int(post.reply_to)}
        if post.picture:
            alt = post.picture.alt if self._account.get_option("alt") == "caption" else ""
            fields["caption"] = add_alt_text(post.text, alt)
            return self._send_photo(fields, post.picture)
        fields["text"] = post.text
        if self._account.get_option("link_preview") == "off":
            fields["link_preview_options"] = {"is_disabled": True}
        return self._http.session.post(f"{self._api_url}/sendMessage", json=fields)

    def _send_photo(self, fields: dict[str, Any], picture: Media) -> object:
        path = Path(picture.file)
        kind = guess_type(path.name)[0] or "application/octet-stream"
        form = {
            name: json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in fields.items()
        }
        photo = (path.name, path.read_bytes(), kind)
        return self._http.session.post(
            f"{self._api_url}/sendPhoto", data=form, files={"photo": photo}
        )

    def _get_result(
        self, what: str, method: str, *needed: str, **query: int | str
    ) -> dict[str, Any]:
        """The result of a method that only reads. `needed`: fields that it must have."""
        url = f"{self._api_url}/{method}"
        result = self._capture_result(what, lambda: self._http.session.get(url, params=query))
        if not all(isinstance(result.get(name), (str, int)) for name in needed):
            raise self._http.unreadable_error(self._with_account_name(what))
        return result

    def _capture_result(self, what: str, send: Callable[[], object]) -> dict[str, Any]:
        """The `result` of one request; empty where the answer has none."""
        try:
            answer = self._http.capture_response(self._with_account_name(what), send)
        except Credentials as error:
            raise Credentials(f"{error}; {self._make_advice()}") from error
        result = answer.data.get("result") if isinstance(answer.data, dict) else None
        return result if isinstance(result, dict) else {}

    def _make_advice(self) -> str:
        response = self._http.session.response
        assert response is not None  # noqa: S101 - a refusal is an answer
        if response.status_code in {401, 404}:
            return "get the bot's token from @BotFather"
        moved = get_error_parameter(response.json(), "migrate_to_chat_id")
        if isinstance(moved, int):
            return f"the group has another id now: {moved}"
        return f"make the bot an administrator of {self._chat} that may post messages"

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
            said = f"the bot may not post to {self._chat} (it is {status} there)"
            raise Credentials(f"{self._with_account_name(said)}; {self._make_advice()}")


def _read_settings(context: Context) -> tuple[str, int | str]:
    """The token, and the chat as the API takes it. Raises ConfigurationError."""
    token, chat = context.get_value("TOKEN").strip(), context.get_value("CHAT").strip()
    prefix, wrong = context.account.env_prefix, []
    if not TOKEN_PATTERN.fullmatch(token):
        wrong.append(f"{prefix}_TOKEN is no bot token; @BotFather gives one: 123456:ABC-DEF")
    if not CHAT_PATTERN.fullmatch(chat):
        wrong.append(f"{prefix}_CHAT must be @channel, or a number such as -1001234567890")
    if wrong:
        mark = SourceLocation("environment")
        raise ConfigurationError([Mistake(mark, "credentials", text) for text in wrong])
    return token, chat if chat.startswith("@") else int(chat)


SPEC = NetworkSpec(
    "telegram",
    Telegram,
    LIMITS,
    variants=(
        (
            Variable("URL", default=API_URL, help="the Bot API's server"),
            Variable("TOKEN", secret=True, help="the bot's token, from @BotFather"),
            Variable("CHAT", help="@channel, or the chat's number"),
        ),
    ),
    options=(
        Option("alt", ("off", "caption"), "whether the alt text goes to the caption's end"),
        Option("link_preview", ("on", "off"), "whether the first link shows a preview"),
        Option("unknown", ("hold", "retry", "skip"), "what becomes of a post nobody knows of"),
    ),
    login="perihelion.networks.telegram.login:sign_in",
)
