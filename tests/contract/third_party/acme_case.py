"""The other package's own test: its network through the suite that ships with Perihelion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from acme_network import Acme

from perihelion.networks.base import DedupeMethod
from perihelion.testing.cases import HttpCase, StoredPost
from perihelion.testing.contexts import make_context
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.http_server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from perihelion.networks.base import Context, Network

TOKEN = "made-up-acme-token"


class AcmeCase(HttpCase):
    adapter: ClassVar[Callable[[Context], Network]] = Acme
    method = DedupeMethod.LOOKUP
    secrets = (TOKEN,)
    uploads_first = False
    empty_page = Reply(200, {"posts": [], "more": True})

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.posts: list[dict[str, Any]] = []
        self.page = 20
        self.server = FakeServer(self.handle_request, now=lambda: self.server_now)

    def handle_request(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"error": "who?"})
        if (request.method, request.path) == ("POST", "/posts"):
            number, at = f"{len(self.posts) + 1:06}", self.server_now.isoformat()
            self.posts.append(request.json | {"id": number, "at": at})
            return Reply(200, self.posts[-1])
        return self.list_page(request) if request.path == "/posts" else Reply(200, {"name": "acme"})

    def list_page(self, request: Request) -> Reply:
        before = request.query.get("before", ["~"])[0]
        older = [post for post in reversed(self.posts) if post["id"] < before]
        return Reply(200, {"posts": older[: self.page], "more": len(older) > self.page})

    def connect(self, patience: float = 10) -> Network:
        values = {"URL": self.server.url, "TOKEN": TOKEN}
        context = make_context("acme", values, now=lambda: self.now, patience=patience)
        return type(self).adapter(context)

    def list_posts(self) -> list[StoredPost]:
        return [
            StoredPost(one["text"], one.get("picture", {}).get("alt"), one["lang"], one["answers"])
            for one in self.posts
        ]

    def show_pages_of(self, count: int) -> None:
        self.page = count

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/posts")

    def is_check(self, request: Request) -> bool:
        return request.path == "/me"

    def is_lookup(self, request: Request) -> bool:
        return (request.method, request.path) == ("GET", "/posts")


class TestAcme(HttpContract):
    case_type = AcmeCase
