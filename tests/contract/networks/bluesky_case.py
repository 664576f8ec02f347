"""How Bluesky joins the contract suite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from perihelion.model.accounts import Account
from perihelion.model.errors import Credentials, PublishError
from perihelion.networks.base import DedupeMethod
from perihelion.networks.bluesky.adapter import Bluesky
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import HttpCase, StoredPicture, StoredPost
from perihelion.testing.contexts import make_context
from perihelion.testing.http_server import Fault, Reply
from tests.contract.networks.lexicons import validate_request
from tests.fakes.bluesky_server import HANDLE, PASSWORD, SECRET_SUFFIX, FakeBluesky

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perihelion.testing.http_server import Request


class BlueskyCase(HttpCase):
    refuses_missing_parents = True
    method = DedupeMethod.KEYED
    secrets = (PASSWORD, SECRET_SUFFIX)
    error_body: ClassVar[Any] = {"error": "InvalidRequest", "message": "no"}
    empty_page = Reply(200, {"records": [], "cursor": "3k"})
    errors_by_status: ClassVar[Mapping[int, type[PublishError]]] = {
        **HttpCase.errors_by_status,
        403: Credentials,
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fake = FakeBluesky(now=lambda: self.server_now)
        self.server = self.fake.serve()
        self.memory = DictMemory()

    def connect(self, patience: float = 10, **options: str) -> Bluesky:
        values = {"URL": self.server.url, "HANDLE": HANDLE, "PASSWORD": PASSWORD}
        made = make_context("bluesky", values, now=lambda: self.now, patience=patience)
        account = Account("bluesky", "bluesky", options=tuple(options.items()))
        return Bluesky(replace(made, memory=self.memory, account=account))

    def list_posts(self) -> list[StoredPost]:
        return [_read_record(record, self.fake.blobs) for record in self.fake.posts]

    def show_pages_of(self, count: int) -> None:
        self.fake.page = count

    def is_create(self, request: Request) -> bool:
        return request.path == "/xrpc/com.atproto.repo.putRecord"

    def is_upload(self, request: Request) -> bool:
        return request.path == "/xrpc/com.atproto.repo.uploadBlob"

    def is_check(self, request: Request) -> bool:
        return request.path == "/xrpc/com.atproto.server.getSession"

    def is_lookup(self, request: Request) -> bool:
        return request.path.endswith(("repo.getRecord", "repo.listRecords"))

    def is_sign_in(self, request: Request) -> bool:
        return request.path.endswith(("createSession", "refreshSession"))

    def validate_request(self, request: Request) -> None:
        validate_request(request)


def _read_record(record: dict[str, Any], blobs: Mapping[str, tuple[str, bytes]]) -> StoredPost:
    images = record.get("embed", {}).get("images", ())
    reply = record.get("reply")
    return StoredPost(
        record["text"],
        images[0]["alt"] if images else None,
        record["langs"][0],
        reply["parent"]["uri"] if reply else None,
        tuple(StoredPicture(one["alt"], blobs[one["image"]["ref"]["$link"]][1]) for one in images),
    )


def requests_to(case: BlueskyCase, ending: str) -> list[Request]:
    return [request for request in case.server.requests if request.path.endswith(ending)]


def fail_next_put(case: BlueskyCase, status: int, name: str) -> None:
    reply = Reply(status, {"error": name, "message": "said the server"})
    case.server.break_next(Fault(reply), case.is_create)
