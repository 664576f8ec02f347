"""A faithful fake of Mastodon's API, as far as posting goes.

Idempotency keys hold an hour per account, under a lock; a repeat after the post was deleted is a
404; content is HTML as Mastodon writes it. `Flavour` says how other software differs.
"""

from __future__ import annotations

import html
import json
import re
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from perihelion.testing.contexts import NOW
from perihelion.testing.http_server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "mastodon-token-that-must-never-show"
KEY_LIFE = timedelta(hours=1)
LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Flavour:
    """The software behind the API."""

    name: str = "mastodon"
    version: str = "4.5.2"
    source_url: str = "https://github.com/mastodon/mastodon"
    keeps_keys: bool = True
    has_v2: bool = True
    has_source: bool = True
    shortens_links: bool = True
    """Whether a link counts 23. Without it, the server says so and counts the whole link."""
    new_id_for_edits: bool = False
    """Whether an edited post has another id."""
    content: Callable[[str], str] | None = None
    """How it turns text into HTML, where not as Mastodon does."""


MASTODON = Flavour()
GOTOSOCIAL = Flavour(
    "gotosocial",
    "0.20.0+git-1",
    "https://codeberg.org/superseriousbusiness/gotosocial",
    keeps_keys=False,
    shortens_links=False,
)
SNAC = Flavour(
    "snac",
    "4.0.0 (not true; really snac/2.75)",
    "",
    keeps_keys=False,
    has_v2=False,
    has_source=False,
    new_id_for_edits=True,
)


@dataclass(slots=True)
class Status:
    """What the server keeps of a post."""

    id: str
    text: str
    created_at: datetime
    language: str | None = None
    visibility: str = "public"
    spoiler_text: str = ""
    sensitive: bool = False
    reply_to: str | None = None
    media: tuple[str, ...] = ()
    reblog: bool = False


@dataclass(slots=True)
class StoredAttachment:
    """An uploaded picture; `unfinished` looks at it find it still being worked on."""

    id: str
    description: str
    data: bytes
    unfinished: int = 0
    focus: str = ""


@dataclass(slots=True)
class FakeMastodon:
    """One server with one account. `app` is what FakeServer serves."""

    flavour: Flavour = MASTODON
    now: Callable[[], datetime] = lambda: NOW
    page: int = 40
    """The most posts that a page holds."""
    max_characters: int = 500
    max_pixels: int = 33_177_600
    max_pictures: int = 4
    slow_media: int = 0
    scopes: frozenset[str] = frozenset({"read", "write"})
    remaining: int = 299
    fails_replays: bool = False
    """Answer a repeated key with a 500, as Mastodon did before its fix (mastodon#40399)."""
    making_seconds: float = 0.0
    """How long a post takes to be made; its key is noted only then, as Mastodon does."""
    show_after: timedelta = timedelta(0)
    """How long a post takes until the timeline shows it."""
    statuses: list[Status] = field(default_factory=list)
    media: dict[str, StoredAttachment] = field(default_factory=dict)
    keys: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 109_000_000_000_000_000

    def serve(self) -> FakeServer:
        """The server, started."""
        server = FakeServer(self.handle_request)
        self.url = server.url
        return server

    def handle_request(self, request: Request) -> Reply:
        """One answer, with the headers that every answer carries."""
        with self._lock:
            reply = self._route_request(request)
        reset = (self.now() + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
        headers = {
            "Date": format_datetime(self.now(), usegmt=True),
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": reset,
        }
        return replace(reply, headers=headers | dict(reply.headers))

    def add_status(self, text: str, *, reblog: bool = False, reply_to: str | None = None) -> Status:
        """A status that somebody else's client made."""
        return self._store_status(
            Status(self._next_id(), text, self.now(), reblog=reblog, reply_to=reply_to)
        )

    def delete_status(self, number: str) -> None:
        """Delete a status, as its owner may."""
        self.statuses = [status for status in self.statuses if status.id != number]

    def _route_request(self, request: Request) -> Reply:
        public = self._handle_public(request.path)
        if public is not None:
            return public
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error_reply(401, "The access token is invalid")
        if ("read" if request.method == "GET" else "write") not in self.scopes:
            return _error_reply(403, "This action is outside the authorized scopes")
        answers = {
            ("GET", "/api/v1/accounts/verify_credentials"): self._get_account,
            ("GET", "/api/v1/accounts/1/statuses"): self._list_statuses,
            ("POST", "/api/v1/statuses"): self._create_status,
            ("POST", "/api/v2/media"): self._upload_media,
        }
        return answers.get((request.method, request.path), self._handle_item)(request)

    def _handle_item(self, request: Request) -> Reply:
        found = re.fullmatch(r"/api/v1/(media|statuses)/(\w+)(/source)?", request.path)
        if found and found[1] == "media" and found[2] in self.media:
            return self._get_media(self.media[found[2]])
        if found and request.method == "PUT" and found[1] == "statuses":
            return self._edit_status(found[2], _read_fields(request))
        if found and found[1] == "statuses" and self._find_status(found[2]):
            return self._get_status(found[2], source=bool(found[3]))
        return _error_reply(404, "Record not found")

    def _handle_public(self, path: str) -> Reply | None:
        if path == "/api/v2/instance" and self.flavour.has_v2:
            return Reply(200, self._full_instance() | {"source_url": self.flavour.source_url})
        if path == "/api/v1/instance":
            return Reply(
                200, self._full_instance() if self.flavour.has_v2 else self._minimal_instance()
            )
        if path == "/.well-known/nodeinfo":
            return Reply(200, {"links": [{"rel": "2.0", "href": f"{self.url}/nodeinfo/2.0"}]})
        if path == "/nodeinfo/2.0":
            return Reply(200, {"software": {"name": self.flavour.name, "version": "1"}})
        return None

    def _minimal_instance(self) -> dict[str, Any]:
        return {"uri": "fake.example", "title": "Fake", "version": self.flavour.version}

    def _full_instance(self) -> dict[str, Any]:
        return self._minimal_instance() | {
            "configuration": {
                "statuses": {
                    "max_characters": self.max_characters,
                    "max_media_attachments": self.max_pictures,
                    "characters_reserved_per_url": 23,
                },
                "media_attachments": {
                    "image_size_limit": 16777216,
                    "image_matrix_limit": self.max_pixels,
                    "description_limit": 1500,
                },
            }
        }

    def _get_account(self, _request: Request) -> Reply:
        return Reply(200, {"id": "1", "acct": "year", "url": f"{self.url}/@year"})

    def _create_status(self, request: Request) -> Reply:
        said = _read_fields(request)
        key = request.headers.get("idempotency-key", "")
        kept = self.keys.get(key) if key and self.flavour.keeps_keys else None
        if kept and self.now() - kept[1] < KEY_LIFE:
            if self.fails_replays:
                return _error_reply(500, "An unexpected error occurred")
            status = self._find_status(kept[0])
            return (
                Reply(200, self._render_status(status))
                if status
                else _error_reply(404, "Record not found")
            )
        problem = self._find_problem(said)
        if problem:
            return problem
        self._take_time()
        status = self._store_status(
            Status(
                self._next_id(),
                str(said.get("status", "")).strip(),
                self.now(),
                said.get("language"),
                said.get("visibility") or "public",
                said.get("spoiler_text") or "",
                bool(said.get("sensitive")),
                said.get("in_reply_to_id"),
                tuple(said.get("media_ids", ())),
            )
        )
        if key:
            self.keys[key] = (status.id, self.now())
        return Reply(200, self._render_status(status))

    def _edit_status(self, number: str, said: dict[str, Any]) -> Reply:
        """An edit replaces all: what it does not name is gone."""
        status = self._find_status(number)
        problem = self._find_problem(said)
        if status is None or problem:
            return problem or _error_reply(404, "Record not found")
        status.text, status.language = str(said["status"]).strip(), said.get("language")
        status.media = tuple(said.get("media_ids", ()))
        status.spoiler_text = said.get("spoiler_text") or ""
        status.sensitive = bool(said.get("sensitive"))
        if self.flavour.new_id_for_edits:
            status.id = self._next_id()
        return Reply(200, self._render_status(status))

    def _take_time(self) -> None:
        """Be busy for a while, and answer others meanwhile."""
        if self.making_seconds:
            self._lock.release()
            try:
                time.sleep(self.making_seconds)
            finally:
                self._lock.acquire()

    def _find_problem(self, said: dict[str, Any]) -> Reply | None:
        text, media = str(said.get("status", "")), said.get("media_ids", ())
        if not text.strip() and not media:
            return _error_reply(422, "Validation failed: Text can't be blank")
        counted = LINK.sub("x" * 23, text) if self.flavour.shortens_links else text
        if len(counted) > self.max_characters:
            limit = self.max_characters
            return _error_reply(422, f"Validation failed: Text character limit of {limit} exceeded")
        if len(media) > self.max_pictures or any(number not in self.media for number in media):
            return _error_reply(422, "Cannot attach so many files, or one that is not there")
        if any(self.media[number].unfinished for number in media):
            return _error_reply(422, "Cannot attach files that have not finished processing.")
        reply_to = said.get("in_reply_to_id")
        if reply_to and not self._find_status(reply_to):
            return _error_reply(
                404, "The post you are trying to reply to does not appear to exist."
            )
        return None

    def _upload_media(self, request: Request) -> Reply:
        parts = request.parts
        description = parts["description"].data.decode() if "description" in parts else ""
        if len(description) > 1500:
            return _error_reply(422, "Validation failed: Description is too long")
        number = self._next_id()
        focus = parts["focus"].data.decode() if "focus" in parts else ""
        made = StoredAttachment(number, description, parts["file"].data, self.slow_media, focus)
        self.media[number] = made
        return Reply(202 if made.unfinished else 200, self._render_media(made))

    def _get_media(self, made: StoredAttachment) -> Reply:
        made.unfinished = max(0, made.unfinished - 1)
        return Reply(206 if made.unfinished else 200, self._render_media(made))

    def _render_media(self, made: StoredAttachment) -> dict[str, Any]:
        url = None if made.unfinished else f"{self.url}/media/{made.id}.png"
        return {"id": made.id, "type": "image", "url": url, "description": made.description}

    def _list_statuses(self, request: Request) -> Reply:
        query = {name: values[0] for name, values in request.query.items()}
        before = query.get("max_id")
        found = [
            status
            for status in reversed(self.statuses)
            if (before is None or int(status.id) < int(before))
            and status.created_at + self.show_after <= self.now()
            and not (status.reblog and query.get("exclude_reblogs") in {"1", "true", "True"})
        ]
        page = found[: min(int(query.get("limit", 20)), self.page)]
        return Reply(200, [self._render_status(status) for status in page])

    def _get_status(self, number: str, *, source: bool) -> Reply:
        status = self._find_status(number)
        assert status is not None
        if source and not self.flavour.has_source:
            return _error_reply(404, "Record not found")
        text = {"id": status.id, "text": status.text, "spoiler_text": status.spoiler_text}
        return Reply(200, text if source else self._render_status(status))

    def _render_status(self, status: Status) -> dict[str, Any]:
        return {
            "id": status.id,
            "created_at": status.created_at.isoformat(timespec="milliseconds").replace(
                "+00:00", "Z"
            ),
            "url": f"{self.url}/@year/{status.id}",
            "uri": f"{self.url}/users/year/statuses/{status.id}",
            "content": (self.flavour.content or render_html)(status.text),
            "language": status.language,
            "visibility": status.visibility,
            "spoiler_text": status.spoiler_text,
            "in_reply_to_id": status.reply_to,
            "reblog": {"id": "2"} if status.reblog else None,
            "media_attachments": [self._render_media(self.media[n]) for n in status.media],
        }

    def _store_status(self, status: Status) -> Status:
        self.statuses.append(status)
        return status

    def _find_status(self, number: str) -> Status | None:
        return next((status for status in self.statuses if status.id == number), None)

    def _next_id(self) -> str:
        self._next += 1
        return str(self._next)


def render_html(text: str) -> str:
    """Text as Mastodon renders it: escaped, links in three spans, paragraphs and line breaks."""
    paragraphs = re.split(r"\n{2,}", text)
    return "".join(f"<p>{_link_urls(one).replace(chr(10), '<br />')}</p>" for one in paragraphs)


def _link_urls(text: str) -> str:
    parts, done = [], 0
    for match in LINK.finditer(text):
        parts += [html.escape(text[done : match.start()]), _render_anchor(match[0])]
        done = match.end()
    return "".join([*parts, html.escape(text[done:])])


def _render_anchor(url: str) -> str:
    scheme, rest = url.split("://", 1)
    shown, hidden = html.escape(rest[:30]), html.escape(rest[30:])
    return (
        f'<a href="{html.escape(url)}"><span class="invisible">{scheme}://</span>'
        f'<span class="ellipsis">{shown}</span><span class="invisible">{hidden}</span></a>'
    )


def _read_fields(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        said = json.loads(request.body)
        assert isinstance(said, dict)
        return said
    form = request.form
    return {
        name.removesuffix("[]"): values if name.endswith("[]") else values[0]
        for name, values in form.items()
    }


def _error_reply(status: int, message: str) -> Reply:
    return Reply(status, {"error": message})
