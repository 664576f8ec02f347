"""What Discord's webhooks and bots have in common: one message, made with one request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import PublishError, Rejected
from perihelion.model.posts import Receipt
from perihelion.networks.discord.api import channel_url, make_http_client
from perihelion.networks.discord.embed import make_embed, uses_embed
from perihelion.networks.discord.spec import LIMITS
from perihelion.networks.discord.thread_options import read_thread_options
from perihelion.networks.shared.error_classification import confirm_refusals
from perihelion.networks.shared.http_adapter import HttpAdapter
from perihelion.networks.shared.media import require_fit, require_text_fit
from perihelion.networks.shared.picture_fitting import fit_picture

if TYPE_CHECKING:
    from perihelion.model.posts import Post
    from perihelion.networks.base import Context
    from perihelion.networks.shared.http_client import ApiResponse

SUPPRESS_EMBEDS = 1 << 2
"""The flag of a message whose links show no preview."""


class ChannelAdapter(HttpAdapter):
    """What both ways have in common. Options: layout, embeds, thread_id, thread_name."""

    name = "discord"
    limits = LIMITS
    advice = ""
    """What to do when Discord refuses the credentials."""
    embeds_by_default = False
    names_thread = False
    """Whether a request names the thread of its message: to a bot, a thread is a channel."""
    _url: str

    def __init__(self, context: Context, *secrets: str) -> None:
        super().__init__(context, make_http_client(context, *secrets, advice=self.advice))
        self._guild = ""
        self._thread = read_thread_options(context.account)

    def _create_message(
        self, url: str, fields: dict[str, Any], post: Post, lookup_url: str
    ) -> Receipt:
        """Make the post with one request to `url`; `lookup_url` gives the server's id."""
        require_fit(post, LIMITS)
        files = [fit_picture(picture, LIMITS) for picture in post.pictures]
        self._find_guild(lookup_url)
        fields |= self._make_text_fields(post, [file.name for file in files])
        body: dict[str, Any] = {"json": fields}
        if files:
            fields["attachments"] = [
                {"id": str(number), "filename": file.name, "description": picture.alt}
                for number, (file, picture) in enumerate(zip(files, post.pictures, strict=True))
            ]
            parts = {f"files[{number}]": file.form_part for number, file in enumerate(files)}
            body = {"data": {"payload_json": json.dumps(fields)}, "files": parts}
        with confirm_refusals(self._identify):
            answer = self._http.request("the post", "POST", url, **body)
        number = answer.get_text("id")
        if not number.isdecimal():
            raise answer.unreadable_error()
        return self._make_receipt(number, answer.get_text("channel_id"))

    def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Give a message another text with one request; what is attached to it stays."""
        require_text_fit(post, LIMITS)
        if not receipt.id.isdecimal():
            raise Rejected(f"the post to correct, {receipt.id!r}, is not on Discord")
        names = [
            one.name if one.is_card else fit_picture(one, LIMITS).name for one in post.pictures
        ]
        url = f"{self._url}/messages/{receipt.id}{self._make_thread_query(receipt)}"
        fields = self._make_text_fields(post, names)
        with confirm_refusals(self._identify):
            answer = self._http.request("the correction", "PATCH", url, json=fields)
        if answer.get_text("id") != receipt.id:
            raise answer.unreadable_error()
        return receipt

    def _make_thread_query(self, receipt: Receipt) -> str:
        """Where a webhook's message is in a thread; one that it began is named in the address."""
        if not self.names_thread:
            return ""
        begun = (receipt.url or "").split("/")[-2:-1] if self._thread.name else []
        thread = self._thread.id or "".join(begun)
        return f"?thread_id={thread}" if thread else ""

    def _make_text_fields(self, post: Post, file_names: list[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {"allowed_mentions": {"parse": []}}
        if uses_embed(self._account, is_usual=self.embeds_by_default):
            return fields | {"embeds": [make_embed(post, file_names)]}
        flags = self._account.get_option("embeds") == "off"
        return fields | {"content": post.text} | ({"flags": SUPPRESS_EMBEDS} if flags else {})

    def _identify(self) -> ApiResponse:
        """Ask whose credentials they are, with one request."""
        raise NotImplementedError

    def _find_guild(self, lookup_url: str) -> None:
        """Ask once for the server's id, which only the address of a message needs."""
        if self._guild:
            return
        try:
            answer = self._http.request("the channel", "GET", lookup_url)
        except PublishError:
            return
        self._keep_guild(answer)

    def _keep_guild(self, answer: ApiResponse) -> None:
        if answer.get_text("id"):
            self._guild = answer.get_text("guild_id") or "@me"

    def _make_receipt(self, message_id: str, channel: str) -> Receipt:
        known = self._guild and channel
        url = f"{channel_url(self._guild, channel)}/{message_id}" if known else None
        return Receipt(message_id, url)

    def _get_fields(self, what: str, url: str, *needed: str) -> ApiResponse:
        """The answer to a GET, which must have the fields `needed`."""
        answer = self._http.request(what, "GET", url)
        for name in needed:
            answer.require_text(name)
        return answer
