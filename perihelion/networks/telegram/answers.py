"""What the Bot API's answers mean."""

from __future__ import annotations

import re

from perihelion.model.errors import Credentials, NotSent, PublishError
from perihelion.networks.shared.outcomes import sort_status

_SHUT = re.compile(
    r"chat not found|not enough rights|no rights to send|administrator rights|member list is|"
    r"WRITE_FORBIDDEN|ADMIN_REQUIRED|SEND_\w+_FORBIDDEN|upgraded to a supergroup|deactivated",
    re.IGNORECASE,
)
"""What a 400 says when no post can reach this chat, rather than that this post is wrong."""
_PRIVATE = "-100"
"""What the id of a channel or supergroup begins with; links to its posts go without."""


def sort(status: int, data: object) -> type[PublishError] | None:
    """403: the bot was removed, or may not post. 404: the token is wrong, or else the URL."""
    says = isinstance(data, dict) and "ok" in data
    if status in {403, 404}:
        return Credentials if says else NotSent
    if status == 400 and isinstance(data, dict) and _SHUT.search(str(data.get("description"))):  # noqa: PLR2004 - Bad Request
        return Credentials
    return sort_status(status)


def parameter(data: object, name: str) -> object:
    """A field of an error's ResponseParameters."""
    found = data.get("parameters") if isinstance(data, dict) else None
    return found.get(name) if isinstance(found, dict) else None


def post_url(chat: object, number: int) -> str | None:
    """The address of a post; None in a chat that has none."""
    if not isinstance(chat, dict):
        return None
    username, identity = chat.get("username"), str(chat.get("id"))
    if isinstance(username, str) and chat.get("type") != "private":
        return f"https://t.me/{username}/{number}"
    if identity.startswith(_PRIVATE):
        return f"https://t.me/c/{identity.removeprefix(_PRIVATE)}/{number}"
    return None
