"""A faithful fake of Discord's HTTP API, as far as posting goes: one bot, one webhook, one channel.

A nonce that is to be enforced gives back its author's message for NONCE_LIFE, and 404 where that
was deleted. Text is trimmed and counted in code points. Others may have posted to the channel too.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from perihelion.testing.contexts import NOW
from perihelion.testing.http_server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "MTA1.Gx-bot.token-that-must-never-show_0"
WEBHOOK_TOKEN = "hook-token-that-must-never-show_4hV2"
CHANNEL, GUILD, WEBHOOK, BOT = "4001", "3001", "2001", "1001"
NONCE_LIFE = timedelta(minutes=5)


@dataclass(slots=True)
class DiscordMessage:
    """A message as the channel keeps it."""

    id: str
    content: str
    author: str
    at: datetime
    files: list[tuple[str | None, bytes]] = field(default_factory=list)
    """What was attached, and how each is described."""
    reply_to: str | None = None
    pings: bool = False
    flags: int = 0
    nonce: str | None = None
    embeds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shown_text(self) -> str:
        """What a reader sees: the content, or the embed without the line that is a clock."""
        parts = [one.get(name, "") for one in self.embeds for name in ("title", "description")]
        shown = self.content or "\n\n".join(filter(None, parts))
        return re.sub(r"\n\n-# <t:-?\d+:f>$", "", shown)

    @property
    def alt(self) -> str | None:
        return self.files[0][0] if self.files else None


@dataclass(slots=True)
class FakeDiscord:
    """The API. `refuse`: (status, code, message) that every create gets.

    `sees`: the bot may read the history. `shows_nonces`: the list tells each message's nonce.
    """

    now: Callable[[], datetime] = lambda: NOW
    page: int = 100
    """The most messages that a page holds."""
    messages: list[DiscordMessage] = field(default_factory=list)
    refusal: tuple[int, int, str] | None = None
    can_read_history: bool = True
    shows_nonces: bool = False
    webhook_exists: bool = True
    is_forum: bool = False
    """The channel is a forum: each message must go to a thread of it, or begin one."""
    threads: dict[str, str] = field(default_factory=dict)
    """The names of the forum's threads, by id."""
    guild: str | None = GUILD
    remaining: int = 4
    last: str | None = None
    nonces: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 1_345_000_000_000_000_000

    def serve(self) -> FakeServer:
        """The server, started."""
        return FakeServer(self.handle_request)

    def handle_request(self, request: Request) -> Reply:
        """One answer, with the headers that every answer carries."""
        with self._lock:
            reply = self._route_request(request)
        headers = {
            "Date": format_datetime(self.now(), usegmt=True),
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": "4070908800.000",
            "X-RateLimit-Reset-After": "1.500",
            "X-RateLimit-Bucket": "abcd1234",
        }
        return replace(reply, headers=headers | dict(reply.headers))

    def add_message(
        self, content: str, author: str = "77", at: datetime | None = None
    ) -> DiscordMessage:
        """A message that somebody else's client made."""
        return self._store_message(
            DiscordMessage(self._next_id(), content, author, at or self.now())
        )

    def delete_message(self, number: str) -> None:
        """Delete a message, as a moderator may."""
        self.messages = [message for message in self.messages if message.id != number]

    def _route_request(self, request: Request) -> Reply:
        path = request.path.removeprefix("/api").removeprefix("/v10")
        if path.startswith("/webhooks/"):
            return self._handle_webhook(request, path)
        if request.headers.get("authorization") != f"Bot {TOKEN}":
            return _error_reply(401, 0, "401: Unauthorized")
        answers = {
            ("GET", "/users/@me"): self._get_bot_user,
            ("GET", f"/channels/{CHANNEL}"): self._get_channel,
            ("GET", f"/channels/{CHANNEL}/messages"): self._list_messages,
            ("POST", f"/channels/{CHANNEL}/messages"): self._create_bot_message,
        }
        if request.method == "GET" and path.startswith(f"/channels/{CHANNEL}/messages/"):
            return self._get_message(path.rpartition("/")[2])
        if request.method == "PATCH":
            return self._edit_message(request, path.rpartition("/")[2], BOT)
        unknown = (10003, "Unknown Channel") if "/channels/" in path else (0, "404: Not Found")
        answer = answers.get((request.method, path))
        return answer(request) if answer else _error_reply(404, *unknown)

    def _handle_webhook(self, request: Request, path: str) -> Reply:
        found = re.fullmatch(r"/webhooks/(\d+)/([\w-]+)(?:/messages/(\d+))?", path)
        if not found or found[1] != WEBHOOK or not self.webhook_exists:
            return _error_reply(404, 10015, "Unknown Webhook")
        if found[2] != WEBHOOK_TOKEN:
            return _error_reply(401, 50027, "Invalid Webhook Token")
        if request.method == "PATCH":
            problem = self._find_thread_problem(request) if self.is_forum else None
            return problem or self._edit_message(request, found[3], WEBHOOK)
        if request.method == "GET":
            about = {"id": WEBHOOK, "type": 1, "name": "Year", "channel_id": CHANNEL}
            return Reply(200, about | {"guild_id": self.guild, "token": WEBHOOK_TOKEN})
        reply = self._find_thread_problem(request) or self._create_message(request, WEBHOOK)
        waits = request.query.get("wait") == ["true"]
        return reply if waits or reply.status >= 400 else Reply(204, body=b"")

    def _find_thread_problem(self, request: Request) -> Reply | None:
        thread = request.query.get("thread_id", [""])[0]
        name = str(read_payload(request).get("thread_name", ""))
        if not self.is_forum:
            text = "Webhooks can only create threads in forum channels"
            return _error_reply(400, 220003, text) if name else None
        if not (thread or name):
            text = "Webhooks posted to forum channels must have a thread_name or thread_id"
            return _error_reply(400, 220001, text)
        if thread and thread not in self.threads:
            return _error_reply(404, 10003, "Unknown Channel")
        if name:
            self.threads[self._next_id()] = name
        return None

    def _create_bot_message(self, request: Request) -> Reply:
        said = read_payload(request)
        nonce = str(said["nonce"]) if said.get("nonce") is not None else None
        if nonce is not None and len(nonce) > 25:
            return _invalid_form_reply(
                "nonce", "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length."
            )
        kept = self.nonces.get(nonce) if nonce and said.get("enforce_nonce") else None
        if kept and self.now() - kept[1] < NONCE_LIFE:
            message = next((m for m in self.messages if m.id == kept[0]), None)
            shown = self._render_message(message) | {"nonce": nonce} if message else {}
            return Reply(200, shown) if message else _error_reply(404, 10008, "Unknown Message")
        reply = self._create_message(request, BOT)
        if nonce and reply.status == 200:
            self.nonces[nonce] = (self.messages[-1].id, self.now())
            self.messages[-1].nonce = nonce
        return reply

    def _create_message(self, request: Request, author: str) -> Reply:
        said = read_payload(request)
        problem = self._find_problem(said)
        if problem:
            return problem
        mentions = said.get("allowed_mentions")
        message = DiscordMessage(
            self._next_id(),
            said.get("content", "").strip(),
            author,
            self.now(),
            _read_attachments(request, said),
            (said.get("message_reference") or {}).get("message_id"),
            pings="@everyone" in said.get("content", "") and mentions != {"parse": []},
            flags=said.get("flags", 0),
            embeds=said.get("embeds", []),
        )
        return Reply(200, self._render_message(self._store_message(message)))

    def _edit_message(self, request: Request, number: str, author: str) -> Reply:
        """An edit changes what it names, and only one's own message."""
        said = read_payload(request)
        message = next((one for one in self.messages if one.id == number), None)
        if message is None:
            return _error_reply(404, 10008, "Unknown Message")
        if message.author != author:
            return _error_reply(403, 50005, "Cannot edit a message authored by another user")
        problem = self._find_problem(said)
        if problem:
            return problem
        message.content = said.get("content", message.content).strip()
        message.embeds = said.get("embeds", message.embeds)
        return Reply(200, self._render_message(message))

    def _find_problem(self, said: dict[str, Any]) -> Reply | None:
        if self.refusal:
            return _error_reply(*self.refusal)
        content = said.get("content", "").strip()
        if not content and not said.get("attachments") and not said.get("embeds"):
            return _error_reply(400, 50006, "Cannot send an empty message")
        if len(content) > 2000:
            text = "Must be 2000 or fewer in length."
            return _invalid_form_reply("content", "BASE_TYPE_MAX_LENGTH", text)
        attached = said.get("attachments", ())
        longest = max((len(one.get("description", "")) for one in attached), default=0)
        if len(attached) > 10 or longest > 1024:
            text = f"Must be {10 if len(attached) > 10 else 1024} or fewer in length."
            return _invalid_form_reply("attachments", "BASE_TYPE_MAX_LENGTH", text)
        reply_to = (said.get("message_reference") or {}).get("message_id")
        if reply_to and not any(message.id == reply_to for message in self.messages):
            return _invalid_form_reply(
                "message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message"
            )
        return None

    def _get_bot_user(self, _request: Request) -> Reply:
        return Reply(200, {"id": BOT, "username": "year", "discriminator": "0", "bot": True})

    def _get_channel(self, _request: Request) -> Reply:
        about = {"id": CHANNEL, "type": 0, "name": "anniversaries", "last_message_id": self.last}
        return Reply(200, about | ({"guild_id": self.guild} if self.guild else {}))

    def _list_messages(self, request: Request) -> Reply:
        query = {name: values[0] for name, values in request.query.items()}
        limit, before = int(query.get("limit", 50)), query.get("before")
        assert 1 <= limit <= 100
        found = [
            message
            for message in reversed(self.messages if self.can_read_history else [])
            if before is None or int(message.id) < int(before)
        ]
        return Reply(
            200, [self._render_message(message) for message in found[: min(limit, self.page)]]
        )

    def _get_message(self, number: str) -> Reply:
        if not self.can_read_history:
            return _error_reply(403, 50013, "Missing Permissions")
        found = next((one for one in self.messages if one.id == number), None)
        return (
            Reply(200, self._render_message(found))
            if found
            else _error_reply(404, 10008, "Unknown Message")
        )

    def _render_message(self, message: DiscordMessage) -> dict[str, Any]:
        reference = {"type": 0, "channel_id": CHANNEL, "message_id": message.reply_to}
        nonce = {"nonce": message.nonce} if self.shows_nonces and message.nonce else {}
        return nonce | {
            "id": message.id,
            "type": 19 if message.reply_to else 0,
            "channel_id": CHANNEL,
            "author": {"id": message.author, "username": "x", "bot": message.author != "77"},
            "content": message.content,
            "embeds": [{"type": "rich"} | one for one in message.embeds],
            "timestamp": message.at.isoformat(timespec="microseconds"),
            "flags": message.flags,
            "attachments": [
                {"id": str(number), "description": alt}
                for number, (alt, _data) in enumerate(message.files)
            ],
            **({"message_reference": reference} if message.reply_to else {}),
        }

    def _store_message(self, message: DiscordMessage) -> DiscordMessage:
        self.messages.append(message)
        self.last = message.id
        return message

    def _next_id(self) -> str:
        self._next += 1 << 22
        return str(self._next)


def read_payload(request: Request) -> dict[str, Any]:
    """The JSON of a create request, alone or beside files."""
    form = request.headers.get("content-type", "").startswith("multipart/form-data")
    said = json.loads(request.parts["payload_json"].data) if form else request.json
    assert isinstance(said, dict)
    return said


def _read_attachments(request: Request, said: dict[str, Any]) -> list[tuple[str | None, bytes]]:
    """The files of a form, by their numbers, each with what the attachment of its id says."""
    if "payload_json" not in request.body.decode("latin-1"):
        return []
    about = {f"files[{one['id']}]": one for one in said.get("attachments", ())}
    files = {name: part for name, part in request.parts.items() if name.startswith("files[")}
    assert files.keys() == about.keys()
    return [(one.get("description"), files[name].data) for name, one in about.items()]


def _error_reply(status: int, code: int, message: str) -> Reply:
    return Reply(status, {"message": message, "code": code})


def _invalid_form_reply(name: str, code: str, message: str) -> Reply:
    errors = {name: {"_errors": [{"code": code, "message": message}]}}
    return Reply(400, {"message": "Invalid Form Body", "code": 50035, "errors": errors})
