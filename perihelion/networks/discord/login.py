"""A webhook of Discord, or a bot and one of the channels it sees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from perihelion import __version__
from perihelion.networks.base import Secret
from perihelion.networks.discord.answers import sort, webhook, wish
from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.login_steps import choose, dig, something

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 15 | 1 << 16
"""View Channels, Send Messages, Attach Files, Read Message History."""
TEXT_CHANNELS = {0, 5}
"""The types of channel that take posts: text and announcements."""


def sign_in(talk: Dialogue) -> Mapping[str, str]:
    """WEBHOOK; or URL, TOKEN and CHANNEL."""
    ways = (
        "A webhook: quick, but a post whose answer is lost waits for you",
        "A bot: lost answers are looked up, and posts may answer each other",
    )
    if choose(talk, "Which way", ways) == 0:
        return {"WEBHOOK": _webhook(talk)}
    base = talk.context.value("URL").rstrip("/")
    talk.tell(
        "At https://discord.com/developers/applications: New Application, then Bot → Reset Token."
    )
    bot = talk.ask("The bot's token", lambda text: Bot(talk, base, text), secret=True)
    talk.tell(
        "If the bot is not yet on your server, open this, and choose the server:\n\n"
        f"https://discord.com/oauth2/authorize?client_id={bot.number}&scope=bot"
        f"&permissions={PERMISSIONS}\n"
    )
    return {"URL": base, "TOKEN": bot.token, "CHANNEL": _channel(talk, bot)}


def _webhook(talk: Dialogue) -> str:
    talk.tell(
        "In the channel's settings: Integrations → Webhooks → New Webhook, give it a name and a "
        "picture, then Copy Webhook URL. Who knows that address can post."
    )

    def read(text: str) -> str:
        url, _, token = webhook(replace(talk.context, values={"WEBHOOK": Secret(something(text))}))
        _wire(talk, url, token).request("the webhook", "GET", url)
        return text

    return talk.ask("The webhook's URL", read, secret=True)


class Bot:
    """A bot whose token is good. Raises ValueError or a publish error for any other."""

    def __init__(self, talk: Dialogue, base: str, token: str) -> None:
        self.token = something(token.removeprefix("Bot "))
        if not token.isascii():
            raise ValueError("is no bot's token; copy it again")
        self._base, self._wire = base, _wire(talk, token)
        self._wire.session.headers["Authorization"] = f"Bot {self.token}"
        self.number = str(dig(self._get("/applications/@me", dict), "id"))

    def __repr__(self) -> str:
        return f"<Bot {self.number}>"

    def channels(self) -> dict[str, str]:
        """What each channel that takes posts is called, by its id."""
        return {
            str(dig(channel, "id")): f"#{dig(channel, 'name')} ({dig(guild, 'name')})"
            for guild in self._get("/users/@me/guilds", list)
            for channel in self._get(f"/guilds/{dig(guild, 'id')}/channels", list)
            if dig(channel, "type") in TEXT_CHANNELS
        }

    def _get(self, path: str, kind: type) -> Any:  # noqa: ANN401 - JSON is anything
        what = f"the bot ({path})"
        answer = self._wire.request(what, "GET", f"{self._base}{path}")
        if not isinstance(answer.data, kind):
            raise self._wire.unreadable(what)
        return answer.data


def _channel(talk: Dialogue, bot: Bot) -> str:
    """One of the channels that the bot sees, or any that the person names."""
    found = talk.ask(
        "The channel's id; or press Enter, to see which the bot is in",
        lambda text: _number(text) if text else _seen(bot),
    )
    if isinstance(found, str):
        return found
    return list(found)[choose(talk, "Which channel", list(found.values()))]


def _seen(bot: Bot) -> dict[str, str]:
    found = bot.channels()
    if not found:
        raise ValueError("found no channel: the bot is on no server yet. Open the address above")
    return found


def _number(text: str) -> str:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("is no channel's id, which is a number")
    return text


def _wire(talk: Dialogue, *secrets: str) -> Wire:
    wire = Wire(talk.context, secrets, sort, wish=wish)
    wire.session.headers["User-Agent"] = f"DiscordBot (Perihelion, {__version__})"
    return wire
