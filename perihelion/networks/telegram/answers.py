"""What the Bot API's answers mean."""

from __future__ import annotations

import re

from perihelion.model.errors import Credentials, NotSent, PublishError
from perihelion.networks.shared.error_classification import classify_status

_CHAT_ERRORS = re.compile(
    r"chat not found|not enough rights|no rights to send|administrator rights|member list is|"
    r"WRITE_FORBIDDEN|ADMIN_REQUIRED|SEND_\w+_FORBIDDEN|upgraded to a supergroup|deactivated",
    re.IGNORECASE,
)
"""What a 400 says when no post can reach this chat, rather than that this post is wrong."""
_SUPERGROUP_PREFIX = "-100"
"""What the id of a channel or supergroup begins with; links to its posts go without."""


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """403: the bot was removed, or may not post. 404: the token is wrong, or else the URL."""
    says = isinstance(data, dict) and "ok" in data
    if status in {403, 404}:
        return Credentials if says else NotSent
    description = data.get("description") if isinstance(data, dict) else ""
    if status == 400 and _CHAT_ERRORS.search(str(description)):  # noqa: PLR2004 - Bad Request
        return Credentials
    return classify_status(status)


def get_error_parameter(data: object, name: str) -> object:
    """A field of an error's ResponseParameters."""
    found = data.get("parameters") if isinstance(data, dict) else None
    return found.get(name) if isinstance(found, dict) else None


def post_url(chat: object, message_id: int) -> str | None:
    """The address of a post; None in a chat that has none."""
    if not isinstance(chat, dict):
        return None
    username, identity = chat.get("username"), str(chat.get("id"))
    if isinstance(username, str) and chat.get("type") != "private":
        return f"https://t.me/{username}/{message_id}"
    if identity.startswith(_SUPERGROUP_PREFIX):
        return f"https://t.me/c/{identity.removeprefix(_SUPERGROUP_PREFIX)}/{message_id}"
    return None
