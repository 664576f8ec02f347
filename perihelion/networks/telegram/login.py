"""A bot of Telegram, and the chat it is to post to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.sign_in_steps import choose_option, get_nested, parse_word
from perihelion.networks.telegram.answers import classify_response
from perihelion.networks.telegram.names import CHAT_PATTERN, TOKEN_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

UPDATES_WITH_CHAT = ("my_chat_member", "channel_post", "message")
"""The kinds of news that name a chat: the bot was made a member, somebody wrote."""


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL, TOKEN and CHAT."""
    base = dialogue.context.get_value("URL").rstrip("/")
    dialogue.show(
        "In Telegram, write /newbot to @BotFather and answer its two questions; it gives a token, "
        "such as 123456:ABC-DEF."
    )
    bot = dialogue.prompt("The token", lambda text: TelegramBot(dialogue, base, text), secret=True)
    dialogue.show(
        f"This is @{bot.username}. Add it to your channel as an administrator who may post, "
        "or to your group as a member; then write anything there, so that it is seen."
    )
    return {"URL": base, "TOKEN": bot.token, "CHAT": _choose_chat(dialogue, bot)}


class TelegramBot:
    """A bot whose token is good. Raises ValueError or a publish error for any other."""

    def __init__(self, dialogue: Dialogue, base: str, token: str) -> None:
        if not TOKEN_PATTERN.fullmatch(parse_word(token)):
            raise ValueError("is no bot's token; it looks like 123456:ABC-DEF")
        self.token = token
        self._api_url = f"{base}/bot{token}"
        self._http = HttpClient(
            dialogue.context, (token, token.partition(":")[2]), classify_response
        )
        self.username = str(get_nested(self._get_result("getMe", dict), "username"))

    def __repr__(self) -> str:
        return f"<Bot {self.username}>"

    def list_chats(self) -> dict[str, str]:
        """What each chat that the bot has lately seen is called, by its number."""
        found = {}
        for update in self._get_result("getUpdates", list):
            for chat in (get_nested(update, kind, "chat") for kind in UPDATES_WITH_CHAT):
                number, name = (
                    get_nested(chat, "id"),
                    get_nested(chat, "title") or get_nested(chat, "first_name"),
                )
                if isinstance(number, int):
                    found[str(number)] = f"{name} ({get_nested(chat, 'type')} {number})"
        return found

    def _get_result(self, method: str, kind: type) -> Any:  # noqa: ANN401 - JSON is anything
        what = f"the bot ({method})"
        answer = self._http.request(what, "GET", f"{self._api_url}/{method}")
        result = get_nested(answer.data, "result")
        if not isinstance(result, kind):
            raise self._http.unreadable_error(what)
        return result


def _choose_chat(dialogue: Dialogue, bot: TelegramBot) -> str:
    """One of the chats that the bot sees, or any that the person names."""
    found = dialogue.prompt(
        "The chat's @name or number; or press Enter, to see which the bot is in",
        lambda text: _parse_chat(text) if text else _require_chats(bot),
    )
    if isinstance(found, str):
        return found
    numbers = list(found)
    chosen = choose_option(dialogue, "Which chat", [*found.values(), "Another"])
    return (
        numbers[chosen]
        if chosen < len(numbers)
        else dialogue.prompt("Its @name or number", _parse_chat)
    )


def _require_chats(bot: TelegramBot) -> dict[str, str]:
    found = bot.list_chats()
    if not found:
        raise ValueError(
            "found no chat: the bot has seen nothing in the last day. Write something there, and "
            "press Enter again"
        )
    return found


def _parse_chat(text: str) -> str:
    if not CHAT_PATTERN.fullmatch(parse_word(text)):
        raise ValueError("is no chat; write @channel, or a number such as -1001234567890")
    return text
