"""Telegram's Bot API: requests, the meaning of answers, and the rules for names and captions."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from perihelion.compose.text_fitting import shorten_text
from perihelion.compose.text_length import measure_length
from perihelion.model.errors import Credentials, ParentGone, PublishError, Rejected
from perihelion.model.posts import Counting, Limits
from perihelion.networks.shared.error_classification import classify_status
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.json_values import get_int, get_object, get_text, get_value
from perihelion.networks.telegram.spec import CAPTION_LENGTH

if TYPE_CHECKING:
    from perihelion.networks.base import Context
    from perihelion.networks.shared.http_client import ApiResponse, Classify
    from perihelion.networks.shared.picture_fitting import PictureFile

MIN_ALT_LENGTH = 40
"""UTF-16 units; with less room than this, the beginning of an alt text would help nobody."""
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
_CHAT = re.compile(r"-?[0-9]{1,18}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_CHAT_ERRORS = re.compile(
    r"chat not found|not enough rights|no rights to send|administrator rights|member list is|"
    r"WRITE_FORBIDDEN|ADMIN_REQUIRED|SEND_\w+_FORBIDDEN|upgraded to a supergroup|deactivated",
    re.IGNORECASE,
)
"""The descriptions of a 400 that mean that no post can reach this chat, whatever its content."""
_POST_ERRORS = re.compile(
    r"too long|too big|is empty|non-empty|(repl\w+|message) not found|parse entities|utf-8|no photo"
    r"|(PHOTO|IMAGE|MEDIA|MESSAGE|ENTITY|ENTITIES|WEBPAGE|FILE|REPLY)_\w+|wrong (file|type)"
    r"|invalid file|can't use file|must be less|unsupported",
    re.IGNORECASE,
)
"""The descriptions of a 400 about the text, the picture or the message that the post replies to."""
_PARENT_ERRORS = re.compile(r"repl\w+( message)? not found|REPLY_MESSAGE_ID_INVALID", re.IGNORECASE)
"""The descriptions of a 400 for an answer to a message that is gone."""
_UNCHANGED = re.compile(r"message is not modified", re.IGNORECASE)
_NO_MESSAGE = re.compile(
    r"message( to edit)? not found|MESSAGE_ID_INVALID|can't be edited", re.IGNORECASE
)
"""The descriptions of a 400 for an edit of a message that is gone, or not the bot's."""
_SUPERGROUP_PREFIX = "-100"
"""The id of a channel or supergroup begins with this; links to its posts omit it."""
_CAPTION_LIMITS = Limits(CAPTION_LENGTH, Counting.UTF16)
_SEPARATOR = "\n\n"
_ELLIPSIS = "…"


class BotApi:
    """Requests to `base` on behalf of the bot with `token`; advice in errors is about `chat`."""

    def __init__(self, context: Context, base: str, token: str, chat: str = "the chat") -> None:
        self._url = f"{base}/bot{token}"
        self.http = HttpClient(
            context,
            (token, token.partition(":")[2]),
            classify=classify_response,
            advise=partial(make_advice, chat),
            read_retry_after=lambda data: get_value(data, "parameters", "retry_after"),
        )

    def get(self, what: str, method: str, **query: int | str) -> ApiResponse:
        """Call a method that only reads."""
        return self.http.request(what, "GET", f"{self._url}/{method}", params=query)

    def send(
        self,
        method: str,
        fields: dict[str, Any],
        photo: PictureFile | None,
        classify: Classify | None = None,
    ) -> ApiResponse:
        """Send or edit a message: as JSON, or with a photo as a form."""
        body: dict[str, Any] = {"json": fields}
        if photo:
            form = {
                name: json.dumps(value) if isinstance(value, dict | list) else str(value)
                for name, value in fields.items()
            }
            body = {"data": form, "files": {"photo": photo.form_part}}
        url = f"{self._url}/{method}"
        return self.http.request("the post", "POST", url, classify=classify, **body)


def parse_token(text: str) -> str:
    """A bot's token. Raises ValueError."""
    if not _TOKEN.fullmatch(text):
        raise ValueError("is not a bot token; @BotFather gives one such as 123456:ABC-DEF")
    return text


def parse_chat(text: str) -> str:
    """A chat's number, or the public name of a channel or group. Raises ValueError."""
    if not _CHAT.fullmatch(text):
        raise ValueError("must be @channel, or a number such as -1001234567890")
    return text


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """403: the bot was removed, or may not post. 404: the token is wrong, or else the URL.

    400: the description decides. What it does not place may be about the chat: TOPIC_CLOSED,
    PEER_ID_INVALID, CHANNEL_PRIVATE.
    """
    from_api = "ok" in get_object(data)
    if status in {403, 404} and from_api:
        return Credentials
    description = get_text(data, "description")
    if status == 400 and _CHAT_ERRORS.search(description):  # noqa: PLR2004 - Bad Request
        return Credentials
    if status == 400 and _PARENT_ERRORS.search(description):  # noqa: PLR2004 - as above
        return ParentGone
    is_about_post = status != 400 or bool(_POST_ERRORS.search(description))  # noqa: PLR2004 - as above
    return classify_status(status, from_api=from_api and is_about_post)


def classify_edit(status: int, data: object) -> type[PublishError] | None:
    """As `classify_response`; but a message that says so already was edited before."""
    if status == 400 and _UNCHANGED.search(get_text(data, "description")):  # noqa: PLR2004 - Bad Request
        return None
    if status == 400 and _NO_MESSAGE.search(get_text(data, "description")):  # noqa: PLR2004 - as above
        return Rejected
    return classify_response(status, data)


def make_advice(chat: object, status: int = 403, data: object = None) -> str:
    """What to do if the API refuses the credentials for `chat` in this way."""
    if status in {401, 404}:
        return "get the bot's token from @BotFather"
    if moved := get_int(data, "parameters", "migrate_to_chat_id"):
        return f"the group has a new id: {moved}"
    return f"make the bot an administrator of {chat} that may post messages"


def post_url(chat: object, message_id: int) -> str | None:
    """The address of a post; None in a chat whose posts have none."""
    username, chat_id = get_text(chat, "username"), get_text(chat, "id")
    if username and get_text(chat, "type") != "private":
        return f"https://t.me/{username}/{message_id}"
    if chat_id.startswith(_SUPERGROUP_PREFIX):
        return f"https://t.me/c/{chat_id.removeprefix(_SUPERGROUP_PREFIX)}/{message_id}"
    return None


def mark_first_line(text: str) -> list[dict[str, object]]:
    """The first line in bold, as an entity, if another paragraph follows it."""
    first, _, rest = text.partition("\n\n")
    if not rest or "\n" in first:
        return []
    length = measure_length(first, _CAPTION_LIMITS)
    return [{"type": "bold", "offset": 0, "length": length}]


def add_alt_text(text: str, alt: str) -> str:
    """A caption: `text`, and below it as much of `alt` as there is room for.

    The text is never shortened. An alt text that is too long ends in "…" after a whole word.
    """
    alt = alt.strip()
    room = CAPTION_LENGTH - measure_length(text, _CAPTION_LIMITS) - len(_SEPARATOR)
    if room < MIN_ALT_LENGTH and measure_length(alt, _CAPTION_LIMITS) > room:
        return text
    alt = shorten_text(alt, room, partial(measure_length, limits=_CAPTION_LIMITS))
    return f"{text}{_SEPARATOR}{alt}" if alt else text
