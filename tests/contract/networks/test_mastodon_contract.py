from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from perihelion.model.errors import Credentials, PublishError, Rejected
from perihelion.networks.base import DedupeMethod
from perihelion.networks.mastodon.adapter import Mastodon
from perihelion.testing.cases import HttpCase, StoredPicture, StoredPost
from perihelion.testing.contexts import make_context
from perihelion.testing.edit_contract import EditContract
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.http_lookup_contract import HttpLookupContract
from perihelion.testing.http_server import Reply
from perihelion.testing.network_contract import NetworkContract
from tests.contract.networks.openapi_contracts import validate_request
from tests.fakes.mastodon_server import GOTOSOCIAL, MASTODON, SNAC, TOKEN, FakeMastodon, Flavour

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perihelion.networks.base import Network
    from perihelion.testing.http_server import Request


FIELDS = {"status", "media_ids", "in_reply_to_id", "sensitive", "language", "visibility"}
"""What we send of the fields that the contract knows; it would let others pass unseen."""


class MastodonCase(HttpCase):
    refuses_missing_parents = True
    method = DedupeMethod.KEYED
    secrets = (TOKEN,)
    flavour: ClassVar[Flavour] = MASTODON
    empty_page = Reply(
        200, [], headers={"Link": '<https://example.org/statuses?max_id=1>; rel="next"'}
    )
    errors_by_status: ClassVar[Mapping[int, type[PublishError]]] = {
        **HttpCase.errors_by_status,
        403: Credentials,
        404: Rejected,
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fake = FakeMastodon(self.flavour, now=lambda: self.server_now)
        self.server = self.fake.serve()

    def connect(self, patience: float = 10) -> Network:
        values = {"URL": self.server.url, "TOKEN": TOKEN}
        made = make_context("mastodon", values, now=lambda: self.now, patience=patience)
        return Mastodon(made, pause=lambda _seconds: None)

    def list_posts(self) -> list[StoredPost]:
        return [
            StoredPost(
                status.text,
                self.fake.media[status.media[0]].description if status.media else None,
                status.language,
                status.reply_to,
                tuple(self._read_picture(number) for number in status.media),
            )
            for status in self.fake.statuses
        ]

    def _read_picture(self, number: str) -> StoredPicture:
        return StoredPicture(self.fake.media[number].description, self.fake.media[number].data)

    def show_pages_of(self, count: int) -> None:
        self.fake.page = count

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/api/v1/statuses")

    def is_upload(self, request: Request) -> bool:
        return request.path == "/api/v2/media"

    def is_check(self, request: Request) -> bool:
        return request.path == "/api/v1/accounts/verify_credentials"

    def is_lookup(self, request: Request) -> bool:
        return request.path.endswith("/statuses") and request.method == "GET"

    def validate_request(self, request: Request) -> None:
        if not request.path.startswith(("/.well-known", "/nodeinfo")):
            validate_request("mastodon/openapi.posting.json", request, "https://mastodon.example")
        if self.is_create(request):
            assert request.json.keys() <= FIELDS


class GoToSocialCase(MastodonCase):
    """It ignores the key, so that posts are looked up."""

    method = DedupeMethod.LOOKUP
    flavour = GOTOSOCIAL


class SnacCase(MastodonCase):
    """It has no v2 instance, no configuration and no source."""

    method = DedupeMethod.LOOKUP
    flavour = SNAC


class TestMastodon(HttpContract):
    case_type = MastodonCase


class TestGoToSocial(HttpContract):
    case_type = GoToSocialCase


class TestMastodonEdits(EditContract):
    case_type = MastodonCase


class TestSnacEdits(EditContract):
    case_type = SnacCase


class TestSnac(HttpLookupContract, NetworkContract):
    case_type = SnacCase
