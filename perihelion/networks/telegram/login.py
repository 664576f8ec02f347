"""Sign-in for Telegram: a bot, and the chat that it posts to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.shared.json_values import get_int, get_list, get_object, get_text
from perihelion.networks.shared.sign_in_steps import choose_or_type
from perihelion.networks.telegram.bot_api import BotApi, parse_chat, parse_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.shared.sign_in_steps import Dialogue

UPDATES_WITH_CHAT = ("my_chat_member", "channel_post", "message")
"""The kinds of update that name a chat: the bot became a member, or somebody wrote."""


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL, TOKEN and CHAT."""
    base = dialogue.context.get_value("URL").rstrip("/")
    dialogue.show(
        "In Telegram, send /newbot to @BotFather and answer its two questions. It gives you a "
        "token, such as 123456:ABC-DEF."
    )
    bot = dialogue.prompt("The token", lambda text: TelegramBot(dialogue, base, text), secret=True)
    dialogue.show(
        f"This is @{bot.username}. Add it to your channel as an administrator who may post "
        "messages, or to your group as a member. Then write a message there, so that the bot sees "
        "the chat."
    )
    chat = choose_or_type(dialogue, "The chat's @name or number", parse_chat, bot.list_chats)
    return {"URL": base, "TOKEN": bot.token, "CHAT": chat}


class TelegramBot:
    """A bot whose token works. Raises ValueError or a publish error for any other."""

    def __init__(self, dialogue: Dialogue, base: str, token: str) -> None:
        self.token = parse_token(token)
        self._api = BotApi(dialogue.context, base, token)
        answer = self._api.get("the bot (getMe)", "getMe")
        self.username = answer.require_text("result", "username")

    def __repr__(self) -> str:
        return f"<TelegramBot {self.username}>"

    def list_chats(self) -> dict[str, str]:
        """A description of each chat that the bot has seen lately, by its number.

        Raises ValueError if there is none.
        """
        found = {}
        answer = self._api.get("the bot (getUpdates)", "getUpdates")
        for update in get_list(answer.data, "result"):
            for chat in (get_object(update, kind, "chat") for kind in UPDATES_WITH_CHAT):
                number, title = get_int(chat, "id"), get_text(chat, "title")
                if number:
                    name = title or get_text(chat, "first_name")
                    found[str(number)] = f"{name} ({get_text(chat, 'type')} {number})"
        if not found:
            raise ValueError(
                "gives no chat: the bot has seen nothing in the last day. Write a message in the "
                "chat, and press Enter again"
            )
        return found
