from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from perihelion.model.errors import PublishError, RefusedForNow
from perihelion.networks.base import DedupeMethod
from perihelion.networks.x.adapter import X
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import HttpCase, StoredPicture, StoredPost
from perihelion.testing.contexts import make_context
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.http_server import Reply
from tests.contract.networks.openapi_contracts import validate_request
from tests.fakes.x_server import CLIENT, FIRST_REFRESH, KEYS, OWN_ID, SECRET_SUFFIX, FakeX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perihelion.networks.base import Network
    from perihelion.testing.http_server import Request

FIELDS = {"post.fields", "max_results", "exclude", "pagination_token"}
"""What we ask the timeline by; the contract would let unknown names pass unseen."""
LOOK = {"command", "media_id"}
"""What we ask about a picture by."""


class XCase(HttpCase):
    """Signed by OAuth 1.0a keys."""

    refuses_missing_parents = True
    method = DedupeMethod.LOOKUP
    secrets = (SECRET_SUFFIX,)
    languages = False
    error_body = {"title": "Forbidden", "detail": "no", "type": "about:blank"}  # noqa: RUF012 - read only
    errors_by_status: ClassVar[Mapping[int, type[PublishError]]] = {
        **HttpCase.errors_by_status,
        403: RefusedForNow,
    }
    empty_page = Reply(200, {"meta": {"result_count": 0, "next_token": "p9"}})
    values: Mapping[str, str] = KEYS

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fake = FakeX(now=lambda: self.server_now)
        self.server = self.fake.serve()
        self.notebook = DictMemory()

    def connect(self, patience: float = 10) -> Network:
        """An adapter whose memory is the case's, and so survives it."""
        values = {"URL": self.server.url, **self.values}
        made = make_context("x", values, now=lambda: self.now, patience=patience)
        return X(replace(made, memory=self.notebook), pause=lambda _seconds: None)

    def list_posts(self) -> list[StoredPost]:
        return [
            StoredPost(
                tweet.text,
                self.fake.media[tweet.media[0]].alt if tweet.media else None,
                reply_to=tweet.reply_to,
                pictures=tuple(self._read_picture(number) for number in tweet.media),
            )
            for tweet in self.fake.tweets
        ]

    def _read_picture(self, number: str) -> StoredPicture:
        return StoredPicture(self.fake.media[number].alt, self.fake.media[number].data)

    def show_pages_of(self, count: int) -> None:
        self.fake.page = count

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/2/tweets")

    def is_upload(self, request: Request) -> bool:
        return request.path.startswith("/2/media/")

    def is_check(self, request: Request) -> bool:
        return request.path == "/2/users/me"

    def is_sign_in(self, request: Request) -> bool:
        return request.path == "/2/oauth2/token"

    def is_lookup(self, request: Request) -> bool:
        return request.path == f"/2/users/{OWN_ID}/tweets"

    def validate_request(self, request: Request) -> None:
        if self.is_sign_in(request):
            return  # RFC 6749, section 6: not in X's OpenAPI file; the fake checks it
        validate_request("x/openapi.posting.json", request, "https://api.x.com")
        assert request.query.keys() <= (FIELDS if self.is_lookup(request) else LOOK)


class TokensCase(XCase):
    """Signed in by OAuth 2, with tokens that are renewed."""

    values: Mapping[str, str] = {**CLIENT, "REFRESH_TOKEN": FIRST_REFRESH}


class TestX(HttpContract):
    case_type = XCase


class TestXByTokens(HttpContract):
    case_type = TokensCase
