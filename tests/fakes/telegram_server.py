"""A faithful fake of Telegram's Bot API, as far as posting goes: one bot, one chat.

It has no idempotency and no list of posts: whoever sends twice has posted twice.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from perihelion.testing.contexts import NOW
from perihelion.testing.http_server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcc"
BOT = {"id": 4839574812, "is_bot": True, "first_name": "Year", "username": "year_bot"}
CHANNEL = {"id": -1001234567890, "type": "channel", "title": "Year in Space", "username": "yearly"}
ADMINISTRATOR = {"status": "administrator", "can_post_messages": True}


@dataclass(frozen=True, slots=True)
class TelegramMessage:
    """A message as it was sent."""

    number: int
    text: str
    photo: bytes | None = None
    reply_to: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class FakeTelegram:
    """The API's server. `refuse`: description of the 400 or 403 that every message gets."""

    chat: dict[str, Any] = field(default_factory=lambda: dict(CHANNEL))
    member: dict[str, Any] = field(default_factory=lambda: dict(ADMINISTRATOR))
    messages: list[TelegramMessage] = field(default_factory=list)
    refusal: tuple[int, str] | None = None
    flood: int = 0
    migrated_to: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self) -> FakeServer:
        """The server, started."""
        return FakeServer(self.handle_request)

    def handle_request(self, request: Request) -> Reply:
        """One answer. A token that looks like none is 404, as a method that is none."""
        found = re.fullmatch(r"/bot(\d+:[\w-]+)/(\w+)", request.path)
        if not found:
            return _error_reply(404, "Not Found")
        if found[1] != TOKEN:
            return _error_reply(401, "Unauthorized")
        methods: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "getMe": lambda _said: _result_reply(BOT),
            "getChat": lambda _said: _result_reply(self.chat),
            "getChatMember": lambda _said: _result_reply(self.member | {"user": BOT}),
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "editMessageText": self._edit_message,
            "editMessageCaption": self._edit_message,
        }
        method = methods.get(found[2])
        if method is None:
            return _error_reply(404, "Not Found")
        with self._lock:
            said = read_fields(request)
            if found[2] == "getMe":
                return method(said)
            return self._find_problem(found[2], said) or method(said)

    def _find_problem(self, method: str, said: dict[str, Any]) -> Reply | None:
        known = {str(self.chat["id"]), f"@{self.chat.get('username')}"}
        if str(said.get("chat_id")) not in known:
            return _error_reply(400, "Bad Request: chat not found")
        if method.startswith("send") and self.refusal:
            return _error_reply(*self.refusal)
        if method.startswith("send") and self.migrated_to:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            return _error_reply(400, text, migrate_to_chat_id=self.migrated_to)
        if method.startswith("send") and self.flood:
            text = f"Too Many Requests: retry after {self.flood}"
            return _error_reply(429, text, retry_after=self.flood)
        return None

    def _send_message(self, said: dict[str, Any]) -> Reply:
        text = str(said.get("text", ""))
        if not text.strip():
            return _error_reply(400, "Bad Request: message text is empty")
        if count_utf16_units(text.strip()) > 4096:
            return _error_reply(400, "Bad Request: message is too long")
        return self._store_message(text, None, said)

    def _send_photo(self, said: dict[str, Any]) -> Reply:
        caption, photo = str(said.get("caption", "")), said.get("photo")
        if not isinstance(photo, bytes):
            return _error_reply(400, "Bad Request: there is no photo in the request")
        if not photo.startswith((b"\x89PNG", b"\xff\xd8")):
            return _error_reply(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if count_utf16_units(caption.strip()) > 1024:
            return _error_reply(400, "Bad Request: message caption is too long")
        return self._store_message(caption, photo, said)

    def _edit_message(self, said: dict[str, Any]) -> Reply:
        """A caption is a photo's; what would change nothing is refused."""
        number, text = said.get("message_id"), str(said.get("text", said.get("caption", "")))
        found = next((one for one in self.messages if one.number == number), None)
        if found is None:
            return _error_reply(400, "Bad Request: message to edit not found")
        if (found.photo is None) != ("text" in said):
            return _error_reply(400, "Bad Request: there is no text in the message to edit")
        if count_utf16_units(text.strip()) > (1024 if found.photo else 4096):
            return _error_reply(400, "Bad Request: message is too long")
        if text == found.text:
            return _error_reply(400, "Bad Request: message is not modified")
        self.messages[self.messages.index(found)] = replace(found, text=text)
        return _result_reply({"message_id": number, "chat": self.chat})

    def _store_message(self, text: str, photo: bytes | None, said: dict[str, Any]) -> Reply:
        reply_to = said.get("reply_parameters", {}).get("message_id")
        if reply_to is not None and not any(m.number == reply_to for m in self.messages):
            return _error_reply(400, "Bad Request: message to be replied not found")
        made = TelegramMessage(len(self.messages) + 7, text, photo, reply_to, said)
        self.messages.append(made)
        body = {"message_id": made.number, "date": int(NOW.timestamp()), "chat": self.chat}
        key = "text" if photo is None else "caption"
        return _result_reply(body | {"sender_chat": self.chat, key: text.strip()})


def read_fields(request: Request) -> dict[str, Any]:
    """A method's parameters, from a query, JSON or a form; in a form, objects are JSON."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        said = request.json
        assert isinstance(said, dict)
        return said
    if not kind.startswith("multipart/form-data"):
        return {name: values[0] for name, values in request.query.items()}
    found: dict[str, Any] = {}
    for name, part in request.parts.items():
        found[name] = part.data if part.filename else part.data.decode()
    if "reply_parameters" in found:
        found["reply_parameters"] = json.loads(found["reply_parameters"])
    return found


def count_utf16_units(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _result_reply(result: object) -> Reply:
    return Reply(200, {"ok": True, "result": result})


def _error_reply(status: int, description: str, **parameters: int) -> Reply:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return Reply(status, body | ({"parameters": parameters} if parameters else {}))
