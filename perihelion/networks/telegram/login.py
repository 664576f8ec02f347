"""A bot of Telegram, and the chat it is to post to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.login_steps import choose, dig, something
from perihelion.networks.telegram.answers import sort
from perihelion.networks.telegram.names import CHAT, TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

SEEN_IN = ("my_chat_member", "channel_post", "message")
"""The kinds of news that name a chat: the bot was made a member, somebody wrote."""


def sign_in(talk: Dialogue) -> Mapping[str, str]:
    """URL, TOKEN and CHAT."""
    base = talk.context.value("URL").rstrip("/")
    talk.tell(
        "In Telegram, write /newbot to @BotFather and answer its two questions; it gives a token, "
        "such as 123456:ABC-DEF."
    )
    bot = talk.ask("The token", lambda text: Bot(talk, base, text), secret=True)
    talk.tell(
        f"This is @{bot.name}. Add it to your channel as an administrator who may post messages, "
        "or to your group as a member; then write anything there, so that it is seen."
    )
    return {"URL": base, "TOKEN": bot.token, "CHAT": _chat(talk, bot)}


class Bot:
    """A bot whose token is good. Raises ValueError or a publish error for any other."""

    def __init__(self, talk: Dialogue, base: str, token: str) -> None:
        if not TOKEN.fullmatch(something(token)):
            raise ValueError("is no bot's token; it looks like 123456:ABC-DEF")
        self.token = token
        self._api = f"{base}/bot{token}"
        self._wire = Wire(talk.context, (token, token.partition(":")[2]), sort)
        self.name = str(dig(self._get("getMe", dict), "username"))

    def __repr__(self) -> str:
        return f"<Bot {self.name}>"

    def chats(self) -> dict[str, str]:
        """What each chat that the bot has lately seen is called, by its number."""
        found = {}
        for update in self._get("getUpdates", list):
            for chat in (dig(update, kind, "chat") for kind in SEEN_IN):
                number, name = dig(chat, "id"), dig(chat, "title") or dig(chat, "first_name")
                if isinstance(number, int):
                    found[str(number)] = f"{name} ({dig(chat, 'type')} {number})"
        return found

    def _get(self, method: str, kind: type) -> Any:  # noqa: ANN401 - JSON is anything
        what = f"the bot ({method})"
        answer = self._wire.request(what, "GET", f"{self._api}/{method}")
        result = dig(answer.data, "result")
        if not isinstance(result, kind):
            raise self._wire.unreadable(what)
        return result


def _chat(talk: Dialogue, bot: Bot) -> str:
    """One of the chats that the bot sees, or any that the person names."""
    found = talk.ask(
        "The chat's @name or number; or press Enter, to see which the bot is in",
        lambda text: _named(text) if text else _seen(bot),
    )
    if isinstance(found, str):
        return found
    numbers = list(found)
    chosen = choose(talk, "Which chat", [*found.values(), "Another"])
    return numbers[chosen] if chosen < len(numbers) else talk.ask("Its @name or number", _named)


def _seen(bot: Bot) -> dict[str, str]:
    found = bot.chats()
    if not found:
        raise ValueError(
            "found no chat: the bot has seen nothing in the last day. Write something there, and "
            "press Enter again"
        )
    return found


def _named(text: str) -> str:
    if not CHAT.fullmatch(something(text)):
        raise ValueError("is no chat; write @channel, or a number such as -1001234567890")
    return text
