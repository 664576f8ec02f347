"""Sign-in for Discord: a webhook, or a bot and one of the channels that it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.discord.api import (
    make_http_client,
    parse_bot_token,
    parse_channel,
    parse_webhook,
)
from perihelion.networks.shared.json_values import get_list, get_text, get_value
from perihelion.networks.shared.sign_in_steps import choose_option, choose_or_type, parse_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perihelion.networks.shared.sign_in_steps import Dialogue

BOT_PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 15 | 1 << 16
"""View Channels, Send Messages, Attach Files, Read Message History."""
TEXT_CHANNELS = {0, 5}
"""The types of channel that take posts: text and announcements."""


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """WEBHOOK; or URL, TOKEN and CHANNEL."""
    ways = (
        "A webhook: quick to set up, but an uncertain post waits for your decision",
        "A bot: uncertain posts are looked up, and posts may reply to each other",
    )
    if choose_option(dialogue, "Which way", ways) == 0:
        return {"WEBHOOK": _prompt_webhook(dialogue)}
    base = dialogue.context.get_value("URL").rstrip("/")
    dialogue.show(
        "At https://discord.com/developers/applications: New Application, then Bot → Reset Token."
    )
    bot = dialogue.prompt(
        "The bot's token", lambda text: DiscordBot(dialogue, base, text), secret=True
    )
    dialogue.show(
        "If the bot is not on your server yet, open this address and choose the server:\n\n"
        f"https://discord.com/oauth2/authorize?client_id={bot.application_id}&scope=bot"
        f"&permissions={BOT_PERMISSIONS}\n"
    )
    channel = choose_or_type(dialogue, "The channel's id", parse_channel, bot.list_channels)
    return {"URL": base, "TOKEN": bot.token, "CHANNEL": channel}


def _prompt_webhook(dialogue: Dialogue) -> str:
    dialogue.show(
        "In the channel's settings: Integrations → Webhooks → New Webhook. Give it a name and a "
        "picture, then Copy Webhook URL. Whoever has that address can post."
    )

    def check_webhook(text: str) -> str:
        url, _, token = parse_webhook(parse_word(text))
        make_http_client(dialogue.context, url, token).request("the webhook", "GET", url)
        return text

    return dialogue.prompt("The webhook's URL", check_webhook, secret=True)


class DiscordBot:
    """A bot whose token works. Raises ValueError or a publish error for any other."""

    def __init__(self, dialogue: Dialogue, base: str, token: str) -> None:
        self.token = parse_bot_token(token)
        self._base, self._http = base, make_http_client(dialogue.context, self.token)
        self._http.session.headers["Authorization"] = f"Bot {self.token}"
        self.application_id = get_text(self._get_json("/applications/@me"), "id")

    def __repr__(self) -> str:
        return f"<DiscordBot {self.application_id}>"

    def list_channels(self) -> dict[str, str]:
        """A description of each channel that takes posts, by its id. Raises ValueError for none."""
        found = dict(self._iterate_channels())
        if not found:
            raise ValueError("gives no channel: the bot is on no server yet; use the address above")
        return found

    def _iterate_channels(self) -> Iterator[tuple[str, str]]:
        for guild in get_list(self._get_json("/users/@me/guilds")):
            path = f"/guilds/{get_text(guild, 'id')}/channels"
            for channel in get_list(self._get_json(path)):
                if get_value(channel, "type") in TEXT_CHANNELS:
                    name = f"#{get_text(channel, 'name')} ({get_text(guild, 'name')})"
                    yield get_text(channel, "id"), name

    def _get_json(self, path: str) -> object:
        answer = self._http.request(f"the bot ({path})", "GET", f"{self._base}{path}")
        if not isinstance(answer.data, (dict, list)):
            raise answer.unreadable_error()
        return answer.data
