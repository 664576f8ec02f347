"""The network in memory that other tests rely on does what every network must."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.networks.base import DedupeMethod
from perihelion.testing.cases import Case, StoredPicture, StoredPost
from perihelion.testing.network_contract import NetworkContract
from tests.fakes.fake_network import FakeNetwork

if TYPE_CHECKING:
    from perihelion.model.posts import Post
    from perihelion.networks.base import Network


class KeyedCase(Case):
    method = DedupeMethod.KEYED

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.network = FakeNetwork(self.method, now=lambda: self.server_now)

    def connect(self, patience: float = 10) -> Network:  # noqa: ARG002 - nothing here takes time
        return self.network

    def show_pages_of(self, count: int) -> None:
        """It has no pages."""

    def list_posts(self) -> list[StoredPost]:
        posts = [made.post for made in self.network.posts]
        return [
            StoredPost(
                p.text,
                p.picture.alt if p.picture else None,
                p.language,
                p.reply_to,
                _read_pictures(p),
            )
            for p in posts
        ]


def _read_pictures(post: Post) -> tuple[StoredPicture, ...]:
    return tuple(StoredPicture(one.alt, Path(one.file).read_bytes()) for one in post.pictures)


class LookupCase(KeyedCase):
    method = DedupeMethod.LOOKUP


class NoneCase(KeyedCase):
    method = DedupeMethod.NONE
    can_read_back = False


class TestKeyed(NetworkContract):
    case_type = KeyedCase


class TestLookup(NetworkContract):
    case_type = LookupCase


class TestNone(NetworkContract):
    case_type = NoneCase
