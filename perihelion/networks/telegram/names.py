"""What a bot's token and the name of a chat look like on Telegram."""

from __future__ import annotations

import re

TOKEN_PATTERN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
"""A bot's token, as @BotFather gives it."""
CHAT_PATTERN = re.compile(r"-?[0-9]{1,18}|@[A-Za-z][A-Za-z0-9_]{3,31}")
"""A chat's number, or the public name of a channel or group."""
