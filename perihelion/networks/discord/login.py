"""A webhook of Discord, or a bot and one of the channels it sees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from perihelion import __version__
from perihelion.networks.base import Secret
from perihelion.networks.discord.error_codes import (
    classify_response,
    parse_webhook,
    read_retry_after,
)
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.sign_in_steps import choose_option, get_nested, parse_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

BOT_PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 15 | 1 << 16
"""View Channels, Send Messages, Attach Files, Read Message History."""
TEXT_CHANNELS = {0, 5}
"""The types of channel that take posts: text and announcements."""


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """WEBHOOK; or URL, TOKEN and CHANNEL."""
    ways = (
        "A webhook: quick, but a post whose answer is lost waits for you",
        "A bot: lost answers are looked up, and posts may answer each other",
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
        "If the bot is not yet on your server, open this, and choose the server:\n\n"
        f"https://discord.com/oauth2/authorize?client_id={bot.application_id}&scope=bot"
        f"&permissions={BOT_PERMISSIONS}\n"
    )
    return {"URL": base, "TOKEN": bot.token, "CHANNEL": _choose_channel(dialogue, bot)}


def _prompt_webhook(dialogue: Dialogue) -> str:
    dialogue.show(
        "In the channel's settings: Integrations → Webhooks → New Webhook, give it a name and a "
        "picture, then Copy Webhook URL. Who knows that address can post."
    )

    def check_webhook(text: str) -> str:
        url, _, token = parse_webhook(
            replace(dialogue.context, values={"WEBHOOK": Secret(parse_word(text))})
        )
        _make_http_client(dialogue, url, token).request("the webhook", "GET", url)
        return text

    return dialogue.prompt("The webhook's URL", check_webhook, secret=True)


class DiscordBot:
    """A bot whose token is good. Raises ValueError or a publish error for any other."""

    def __init__(self, dialogue: Dialogue, base: str, token: str) -> None:
        self.token = parse_word(token.removeprefix("Bot "))
        if not token.isascii():
            raise ValueError("is no bot's token; copy it again")
        self._base, self._http = base, _make_http_client(dialogue, token)
        self._http.session.headers["Authorization"] = f"Bot {self.token}"
        self.application_id = str(get_nested(self._get_json("/applications/@me", dict), "id"))

    def __repr__(self) -> str:
        return f"<Bot {self.application_id}>"

    def list_channels(self) -> dict[str, str]:
        """What each channel that takes posts is called, by its id."""
        return {
            str(
                get_nested(channel, "id")
            ): f"#{get_nested(channel, 'name')} ({get_nested(guild, 'name')})"
            for guild in self._get_json("/users/@me/guilds", list)
            for channel in self._get_json(f"/guilds/{get_nested(guild, 'id')}/channels", list)
            if get_nested(channel, "type") in TEXT_CHANNELS
        }

    def _get_json(self, path: str, kind: type) -> Any:  # noqa: ANN401 - JSON is anything
        what = f"the bot ({path})"
        answer = self._http.request(what, "GET", f"{self._base}{path}")
        if not isinstance(answer.data, kind):
            raise self._http.unreadable_error(what)
        return answer.data


def _choose_channel(dialogue: Dialogue, bot: DiscordBot) -> str:
    """One of the channels that the bot sees, or any that the person names."""
    found = dialogue.prompt(
        "The channel's id; or press Enter, to see which the bot is in",
        lambda text: _parse_channel_id(text) if text else _require_channels(bot),
    )
    if isinstance(found, str):
        return found
    return list(found)[choose_option(dialogue, "Which channel", list(found.values()))]


def _require_channels(bot: DiscordBot) -> dict[str, str]:
    found = bot.list_channels()
    if not found:
        raise ValueError("found no channel: the bot is on no server yet. Open the address above")
    return found


def _parse_channel_id(text: str) -> str:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("is no channel's id, which is a number")
    return text


def _make_http_client(dialogue: Dialogue, *secrets: str) -> HttpClient:
    http = HttpClient(
        dialogue.context, secrets, classify_response, read_retry_after=read_retry_after
    )
    http.session.headers["User-Agent"] = f"DiscordBot (Perihelion, {__version__})"
    return http
