"""The other package's own test: its network through the suite that ships with Perihelion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acme_network import Acme

from perihelion.networks.base import DedupeMethod
from perihelion.testing.cases import HttpCase, StoredPost
from perihelion.testing.contexts import make_context
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.http_server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.networks.base import Network

TOKEN = "made-up-acme-token"


class AcmeCase(HttpCase):
    method = DedupeMethod.KEYED
    secrets = (TOKEN,)
    can_read_back = uploads_first = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kept: dict[str, StoredPost] = {}
        self.server = FakeServer(self.handle_request)

    def handle_request(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"error": "who?"})
        if request.method == "GET":
            return Reply(200, {"name": "acme"})
        key, said = request.headers["idempotency-key"], request.json
        alt = said.get("picture", {}).get("alt")
        seen = StoredPost(said["text"], alt, said["lang"], said["answers"])
        self.kept.setdefault(key, seen)
        return Reply(200, {"id": str(list(self.kept).index(key) + 1)})

    def connect(self, patience: float = 10) -> Network:
        values = {"URL": self.server.url, "TOKEN": TOKEN}
        made: Network = Acme(make_context("acme", values, patience=patience))
        return made

    def list_posts(self) -> list[StoredPost]:
        return list(self.kept.values())

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/posts")


class TestAcme(HttpContract):
    case_type = AcmeCase
