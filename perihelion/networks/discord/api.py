"""Discord's API: a client for it, the meaning of its answers, and its addresses."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from perihelion import __version__
from perihelion.model.errors import (
    Credentials,
    NotSent,
    ParentGone,
    PublishError,
    RefusedForNow,
    Rejected,
)
from perihelion.networks.discord.spec import API_PATH
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.networks.shared.error_classification import classify_status
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.json_values import get_int, get_value

if TYPE_CHECKING:
    from perihelion.networks.base import Context

_WEBHOOK_URL = re.compile(
    r"(https?://[^/?#@\s]+)((?:/[\w.-]+)*)/webhooks/([\w-]{1,200})/([\w-]{1,200})/?", re.ASCII
)
_DISCORD_DOMAIN = re.compile(r"(?<=[/.])discord(?:app)?\.com(?=:|$)", re.IGNORECASE)

_POST_ERRORS = frozenset({10008, 20009, 40005, 50006, 50035, 50045, 50046, 200000, 200001, 240000})
"""Error codes about this particular message: the one it replies to is gone (or, with a nonce, it
was itself deleted), explicit, too large, empty, malformed, a file too large or invalid, blocked by
moderation, a harmful link."""
_FORUM_ERRORS = frozenset({50008, 220001, 220003})
"""The channel is a forum, or not one: posts need a thread, or may not have one."""
_MOMENT_ERRORS = _FORUM_ERRORS | {20016, 20022, 20028, 20029, 40004, 50083, 160005}
"""Codes about the channel or the moment, with any status: slow mode, messages that are switched off
for a while, an archived or locked thread."""
_UNKNOWN_MESSAGE = 10008
_UNKNOWN_CHANNEL = 10003
_GONE_ERRORS = frozenset({_UNKNOWN_CHANNEL, 10004, 10015})
"""Unknown channel, server or webhook: deleted, or not visible to this bot."""
_BLOCKED_ERROR = 40333
"""Trouble in the network between us and Discord, reported as 403."""


def make_http_client(context: Context, *secrets: str, advice: str = "") -> HttpClient:
    """A client for the API, with the User-Agent that Discord requires."""
    http = HttpClient(
        context,
        secrets,
        classify=classify_response,
        advise=partial(make_advice, advice),
        read_retry_after=lambda data: get_value(data, "retry_after"),
    )
    http.session.headers["User-Agent"] = f"DiscordBot (Perihelion, {__version__})"
    return http


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """403: the bot lacks a permission. 404: by its code. Without a code, it was not the API."""
    code = get_int(data, "code")
    if 400 <= status < 500 and code in _POST_ERRORS:  # noqa: PLR2004 - the 4xx class
        is_gone = code == _UNKNOWN_MESSAGE or bool(get_value(data, "errors", "message_reference"))
        return ParentGone if is_gone else Rejected
    if 400 <= status < 500 and status != 429 and code in _MOMENT_ERRORS:  # noqa: PLR2004 - as above; too many
        return RefusedForNow
    if status == 403 and code:  # noqa: PLR2004 - Forbidden
        return NotSent if code == _BLOCKED_ERROR else Credentials
    if status == 404:  # noqa: PLR2004 - Not Found
        return Credentials if code in _GONE_ERRORS else NotSent
    return classify_status(status, from_api=False)


def make_advice(usual: str, _status: int, data: object) -> str:
    """What to do about a refusal: `usual`, unless it is about the channel or its threads."""
    code = get_int(data, "code")
    if code in _FORUM_ERRORS:
        return "set the account's option thread_id or thread_name, which forum channels require"
    if code == _UNKNOWN_CHANNEL:
        return "the channel, or the thread of the option thread_id, is gone or not visible here"
    return usual


def parse_webhook(text: str) -> tuple[str, str, str]:
    """A webhook's address, id and token; at Discord, on the version of the API that we know.

    Another server's address is left as it is. Raises ValueError, which shows nothing of the
    address: whoever has it can post.
    """
    found = _WEBHOOK_URL.fullmatch(text)
    problem = find_address_problem(found[1]) if found else "is not a webhook's address"
    if not found or problem:
        example = "https://discord.com/api/webhooks/ID/TOKEN"
        raise ValueError(f"{problem}; Discord shows it as {example}")
    origin, path, number, token = found.groups()
    if _DISCORD_DOMAIN.search(origin):
        origin, path = _DISCORD_DOMAIN.sub("discord.com", origin), API_PATH
    return f"{origin}{path}/webhooks/{number}/{token}", number, token


def parse_bot_token(text: str) -> str:
    """A bot's token. Raises ValueError."""
    token = text.removeprefix("Bot ")
    if not re.fullmatch(r"[!-~]+", token):
        raise ValueError("is not a bot token; copy it from the Developer Portal")
    return token


def parse_channel(text: str) -> str:
    """A channel's id. Raises ValueError."""
    if not re.fullmatch(r"[0-9]{1,20}", text):
        raise ValueError("must be the channel's id, a number")
    return text


def channel_url(guild: str, channel: str) -> str:
    """The page of a channel; `guild` is @me for a channel that belongs to no server."""
    return f"https://discord.com/channels/{guild}/{channel}"
