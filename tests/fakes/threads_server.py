"""A fake of Threads' Graph API, as Meta's documents and its users describe it.

There is no official contract to hold it against: what it does with a container that is published a
second time, above all, is a guess (an error that the container is not there).
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from perihelion.compose.entities import find_links
from perihelion.compose.text_length import measure_length
from perihelion.model.posts import Counting, Limits
from perihelion.testing.contexts import NOW
from perihelion.testing.http_server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "THAA-threads-token-that-must-never-show"
RENEWED = "THBB-renewed-token-that-must-never-show"
USER = "17841400000000001"
TEXT = Limits(500, Counting.THREADS)
CONTAINER_LIFE = timedelta(hours=24)
TOKEN_LIFE = timedelta(days=60)


@dataclass(slots=True)
class Container:
    id: str
    fields: dict[str, str]
    made_at: datetime
    unfinished: int = 0
    """So many looks find it still being worked on."""
    failure: str = ""
    media: str = ""
    """The id of the post, once it is published."""


@dataclass(slots=True)
class Thread:
    id: str
    fields: dict[str, str]
    at: datetime

    @property
    def text(self) -> str:
        return self.fields["text"]


@dataclass(slots=True)
class FakeThreads:
    """One account. `app` is what FakeServer serves."""

    now: Callable[[], datetime] = lambda: NOW
    container_delay: int = 0
    failure: str = ""
    """What makes every new container fail."""
    loses_containers: bool = False
    """Containers are FINISHED, and yet not found when they are published (24/4279009)."""
    hides_new_posts: bool = False
    tokens: dict[str, datetime] = field(default_factory=dict)
    """The tokens that hold, and when each was made."""
    containers: dict[str, Container] = field(default_factory=dict)
    threads: list[Thread] = field(default_factory=list)
    page: int = 100
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 18_000_000_000_000_000

    def __post_init__(self) -> None:
        self.tokens[TOKEN] = self.now() - timedelta(days=2)

    def serve(self) -> FakeServer:
        return FakeServer(self.handle_request)

    def handle_request(self, request: Request) -> Reply:
        with self._lock:
            reply = self._route_request(request)
        date = format_datetime(self.now(), usegmt=True)
        return Reply(reply.status, reply.data, headers={"Date": date, **reply.headers})

    def add_thread(self, text: str, at: datetime, **fields: str) -> Thread:
        """A post that was made with the app."""
        thread = Thread(self._next_id(), {"text": text, **fields}, at)
        self.threads.append(thread)
        return thread

    def _route_request(self, request: Request) -> Reply:
        query = {name: values[0] for name, values in request.query.items()}
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = query.get("access_token") or bearer
        created_at = self.tokens.get(token)
        if created_at is None or self.now() - created_at > TOKEN_LIFE:
            return error_reply(401, 190, "Error validating access token: Session has expired", 463)
        if request.path == "/refresh_access_token":
            return self._refresh_token(query, created_at)
        path = request.path.removeprefix("/v1.0/")
        edges = {
            ("GET", "me"): lambda: Reply(200, {"id": USER, "username": "year"}),
            ("POST", f"{USER}/threads"): lambda: self._create_container(request),
            ("POST", f"{USER}/threads_publish"): lambda: self._publish_container(request),
            ("GET", f"{USER}/threads"): lambda: self._list_threads(query, replies=False),
            ("GET", f"{USER}/replies"): lambda: self._list_threads(query, replies=True),
            ("GET", f"{USER}/threads_publishing_limit"): self._get_quota,
        }
        return edges.get((request.method, path), lambda: self._get_node(path))()

    def _refresh_token(self, query: dict[str, str], created_at: datetime) -> Reply:
        if query.get("grant_type") != "th_refresh_token" or "access_token" not in query:
            return error_reply(400, 100, "Missing parameter")
        if self.now() - created_at < timedelta(hours=24):
            return error_reply(400, 100, "The token is too young to be refreshed")
        self.tokens[RENEWED] = self.now()
        seconds = int(TOKEN_LIFE.total_seconds())
        return Reply(200, {"access_token": RENEWED, "token_type": "bearer", "expires_in": seconds})

    def _create_container(self, request: Request) -> Reply:
        fields = {name: values[0] for name, values in request.form.items()}
        if measure_length(fields.get("text", ""), TEXT) > TEXT.length:
            return error_reply(400, 100, "Param text must be at most 500 characters long.")
        if len({link.value for link in find_links(fields["text"])}) > 5:
            return error_reply(400, 100, "THREADS_API__LINK_LIMIT_EXCEEDED")
        if (fields.get("media_type") == "IMAGE") is not ("image_url" in fields):
            return error_reply(400, 100, "The parameter image_url is required.")
        if "reply_to_id" in fields and not self._find_thread(fields["reply_to_id"]):
            return error_reply(400, 100, "Unsupported: the post to answer does not exist", 33)
        made = Container(self._next_id(), fields, self.now(), self.container_delay, self.failure)
        self.containers[made.id] = made
        return Reply(200, {"id": made.id})

    def _publish_container(self, request: Request) -> Reply:
        made = self.containers.get(request.form.get("creation_id", [""])[0])
        if self.loses_containers or made is None or self._container_status(made) != "FINISHED":
            return error_reply(400, 24, "The requested resource does not exist", 4279009)
        if len(self._threads_of_last_day()) >= 250:
            return error_reply(403, 9, "The user has reached the maximum number of posts", 2207042)
        made.media = self.add_thread(
            made.fields["text"], self.now(), **_without_text(made.fields)
        ).id
        return Reply(200, {"id": made.media})

    def _get_node(self, path: str) -> Reply:
        made, thread = self.containers.get(path), self._find_thread(path)
        if made:
            status = self._container_status(made)
            made.unfinished = max(0, made.unfinished - 1)
            failed = {"error_message": made.failure} if status == "ERROR" else {}
            return Reply(200, {"id": made.id, "status": status, **failed})
        if thread:
            return Reply(200, {"id": thread.id, "permalink": _make_permalink(thread)})
        return error_reply(400, 100, "Unsupported get request. Object does not exist", 33)

    def _container_status(self, made: Container) -> str:
        if made.media:
            return "PUBLISHED"
        if made.failure:
            return "ERROR"
        if self.now() - made.made_at > CONTAINER_LIFE:
            return "EXPIRED"
        return "IN_PROGRESS" if made.unfinished else "FINISHED"

    def _list_threads(self, query: dict[str, str], *, replies: bool) -> Reply:
        if self.hides_new_posts:
            return Reply(200, {"data": []})
        rows = [t for t in reversed(self.threads) if ("reply_to_id" in t.fields) is replies]
        begin = int(query.get("after", "0"))
        most = min(self.page, int(query.get("limit", "25")))
        data: dict[str, Any] = {"data": [_render_thread(t) for t in rows[begin : begin + most]]}
        if begin + most < len(rows):
            data["paging"] = {"cursors": {"before": str(begin), "after": str(begin + most)}}
        return Reply(200, data)

    def _get_quota(self) -> Reply:
        row = {
            "quota_usage": len(self._threads_of_last_day()),
            "config": {"quota_total": 250, "quota_duration": 86400},
        }
        return Reply(200, {"data": [row]})

    def _threads_of_last_day(self) -> list[Thread]:
        return [t for t in self.threads if self.now() - t.at < timedelta(days=1)]

    def _find_thread(self, number: str) -> Thread | None:
        return next((t for t in self.threads if t.id == number), None)

    def _next_id(self) -> str:
        self._next += 1
        return str(self._next)


def error_reply(status: int, code: int, message: str, subcode: int = 0, **more: object) -> Reply:
    """A Graph API error."""
    body = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return Reply(status, {"error": body | ({"error_subcode": subcode} if subcode else {}) | more})


def _without_text(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name != "text"}


def _render_thread(thread: Thread) -> dict[str, Any]:
    kind = {"IMAGE": "IMAGE", "REPOST": "REPOST_FACADE"}.get(
        thread.fields.get("media_type", ""), "TEXT_POST"
    )
    row = {
        "id": thread.id,
        "permalink": _make_permalink(thread),
        "timestamp": thread.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "media_type": kind,
    }
    if kind != "REPOST_FACADE":
        row["text"] = thread.text
    answered = thread.fields.get("reply_to_id")
    return row | ({"replied_to": {"id": answered}} if answered else {})


def _make_permalink(thread: Thread) -> str:
    return f"https://www.threads.net/@year/post/{re.sub('0+', 'x', thread.id)}"
