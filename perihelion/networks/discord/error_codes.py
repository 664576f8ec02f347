"""What Discord's answers mean, and what its addresses look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    NotSent,
    PublishError,
    Rejected,
)
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.networks.shared.error_classification import classify_status

if TYPE_CHECKING:
    from perihelion.networks.base import Context

API_PATH = "/api/v10"
API_URL = f"https://discord.com{API_PATH}"

_WEBHOOK_URL = re.compile(
    r"(https?://[^/?#@\s]+)((?:/[\w.-]+)*)/webhooks/([\w-]{1,200})/([\w-]{1,200})/?", re.ASCII
)
_DISCORD_DOMAIN = re.compile(r"(?<=[/.])discord(?:app)?\.com(?=:|$)", re.IGNORECASE)

_POST_ERRORS = frozenset({10008, 20009, 50006, 50035, 200000, 200001, 240000})
"""Error codes about this very message: what it answers is gone (or, with a nonce, it was itself
deleted), explicit, empty, malformed, blocked by the server's moderation, a harmful link."""
_GONE_ERRORS = frozenset({10003, 10004, 10015})
"""Unknown channel, server or webhook: deleted, or out of this bot's sight."""
_BLOCKED_ERROR = 40333
"""A network's own trouble between us and Discord, told as 403."""


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """403: the bot lacks a permission. 404: by its code. Without a code, it was not the API."""
    code = _error_code(data)
    if 400 <= status < 500 and code in _POST_ERRORS:  # noqa: PLR2004 - the 4xx class
        return Rejected
    if status == 403:  # noqa: PLR2004 - Forbidden
        return Credentials if code and code != _BLOCKED_ERROR else NotSent
    if status == 404:  # noqa: PLR2004 - Not Found
        return Credentials if code in _GONE_ERRORS else NotSent
    return classify_status(status)


def read_retry_after(data: object) -> object:
    """The seconds (a float) that the body of a 429 asks to wait: finer than its Retry-After."""
    return data.get("retry_after") if isinstance(data, dict) else None


def parse_webhook(context: Context) -> tuple[str, str, str]:
    """The webhook's address, its id and its token; at Discord on the version of the API we know.

    Another server's address is taken as it stands. Raises ConfigurationError, which shows nothing
    of the address: who knows it can post.
    """
    found = _WEBHOOK_URL.fullmatch(context.get_value("WEBHOOK").strip())
    problem = find_address_problem(found[1]) if found else "is no webhook's address"
    if not found or problem:
        text = f"{problem}; Discord shows it as https://discord.com/api/webhooks/ID/TOKEN"
        raise make_variable_error(context, "WEBHOOK", text)
    origin, path, number, token = found.groups()
    if _DISCORD_DOMAIN.search(origin):
        origin, path = _DISCORD_DOMAIN.sub("discord.com", origin), API_PATH
    return f"{origin}{path}/webhooks/{number}/{token}", number, token


def make_variable_error(context: Context, name: str, problem: str) -> ConfigurationError:
    """The error for a variable; `problem` follows its name."""
    text = f"{context.account.env_prefix}_{name} {problem}"
    return ConfigurationError([Mistake(SourceLocation("environment"), "credentials", text)])


def host_of(address: str) -> str:
    """An address without its path, where a webhook's secret stands."""
    return urlsplit(address).netloc


def _error_code(data: object) -> int:
    code = data.get("code") if isinstance(data, dict) else None
    return code if isinstance(code, int) else 0
