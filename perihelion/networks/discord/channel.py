"""What Discord's webhooks and bots share: one message, made with one request."""

from __future__ import annotations

import json
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perihelion import __version__
from perihelion.model.errors import Credentials, PublishError
from perihelion.model.posts import Counting, Limits, Receipt
from perihelion.networks.discord.error_codes import classify_response, read_retry_after
from perihelion.networks.shared.fit import require_fit
from perihelion.networks.shared.http_client import ApiResponse, HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from perihelion.model.posts import Media, Post
    from perihelion.networks.base import Context

LIMITS = Limits(
    length=2000,
    counting=Counting.UTF16,
    pictures=10,
    alt_length=1024,
    picture_bytes=10_000_000,
)
"""Discord counts code points, says a developer of its API (discord-api-docs#1315); its documents
say "characters". UTF-16 units are never fewer, so that what fits here fits in either reading."""
SUPPRESS_EMBEDS = 1 << 2
"""The flag of a message whose links show no preview."""


class ChannelAdapter:
    """What both ways to post share. Option: embeds."""

    name = "discord"
    limits = LIMITS
    advice = ""
    """What to do when Discord no longer lets us in."""

    def __init__(self, context: Context, secrets: tuple[str, ...]) -> None:
        self._context = context
        self._http = HttpClient(
            context, secrets, classify_response, read_retry_after=read_retry_after
        )
        self._http.session.headers["User-Agent"] = f"DiscordBot (Perihelion, {__version__})"
        self._guild = ""

    def not_before(self) -> datetime | None:
        """Until when the last rate limit seen asks to wait."""
        return self._http.not_before()

    def _with_account_name(self, what: str) -> str:
        return f"{self._context.account.name}: {what}"

    def _create_message(
        self, url: str, fields: dict[str, Any], post: Post, lookup_url: str
    ) -> Receipt:
        """Make the post with one request to `url`; `place` tells which server it is on."""
        require_fit(post, LIMITS)
        self._find_guild(lookup_url)
        said = {"content": post.text, "allowed_mentions": {"parse": []}} | fields
        if self._context.account.get_option("embeds") == "off":
            said["flags"] = SUPPRESS_EMBEDS
        answer = self._capture_response(
            "the post", lambda: self._send_message(url, said, post.pictures)
        )
        number = answer.get_text("id")
        if not number.isdecimal():
            raise self._http.unreadable_error(self._with_account_name("the post"))
        return self._make_receipt(number, answer.get_text("channel_id"))

    def _send_message(
        self, url: str, fields: dict[str, Any], pictures: tuple[Media, ...]
    ) -> object:
        if not pictures:
            return self._http.session.post(url, json=fields)
        paths = [Path(picture.file) for picture in pictures]
        fields["attachments"] = [
            {"id": str(number), "filename": path.name, "description": picture.alt}
            for number, (path, picture) in enumerate(zip(paths, pictures, strict=True))
        ]
        form = {"payload_json": json.dumps(fields)}
        files = {f"files[{number}]": _read_upload(path) for number, path in enumerate(paths)}
        return self._http.session.post(url, data=form, files=files)

    def _find_guild(self, lookup_url: str) -> None:
        """Ask once for the server's id, which only the address of a message needs."""
        if self._guild:
            return
        try:
            answer = self._http.request(self._with_account_name("the channel"), "GET", lookup_url)
        except PublishError:
            return
        self._keep_guild(answer)

    def _keep_guild(self, answer: ApiResponse) -> None:
        if answer.get_text("id"):
            self._guild = answer.get_text("guild_id") or "@me"

    def _make_receipt(self, message_id: str, channel: str) -> Receipt:
        known = self._guild and channel
        return Receipt(
            message_id, f"{channel_url(self._guild, channel)}/{message_id}" if known else None
        )

    def _get_fields(self, what: str, url: str, *needed: str) -> ApiResponse:
        """The answer to a GET. `needed`: fields that it must have."""
        answer = self._capture_response(what, lambda: self._http.session.get(url))
        if not all(map(answer.get_text, needed)):
            raise self._http.unreadable_error(self._with_account_name(what))
        return answer

    def _capture_response(self, what: str, send: Callable[[], object]) -> ApiResponse:
        try:
            return self._http.capture_response(self._with_account_name(what), send)
        except Credentials as error:
            raise Credentials(f"{error}; {self.advice}") from error


def _read_upload(path: Path) -> tuple[str, bytes, str]:
    return path.name, path.read_bytes(), guess_type(path.name)[0] or "image/png"


def channel_url(guild: str, channel: str) -> str:
    """The page of a channel; the guild of one that belongs to no server is @me."""
    return f"https://discord.com/channels/{guild}/{channel}"
