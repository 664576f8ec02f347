"""How a network joins the contract suite: one case, which drives its fake.

`Case` is for any network, `HttpCase` for one behind an HTTP server. A case is made anew for each
test, with an empty account.
"""

from __future__ import annotations

import struct
import traceback
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from perihelion.model.errors import (
    Credentials,
    LocalFault,
    NotSent,
    OutcomeUnknown,
    ParentGone,
    PictureNotSent,
    PublishError,
    RefusedForNow,
    Rejected,
)
from perihelion.model.posts import Media, Post
from perihelion.testing.contexts import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perihelion.model.posts import Limits
    from perihelion.networks.base import DedupeMethod, Network
    from perihelion.testing.http_server import FakeServer, Reply, Request

PUBLISH_ERRORS = frozenset({Rejected, ParentGone, Credentials, OutcomeUnknown}) | frozenset(
    {NotSent, LocalFault, PictureNotSent, RefusedForNow}
)
"""All that `publish` may raise."""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture of a post as the fake network holds it."""

    alt: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post as the fake network holds it; `alt` is its first picture's.

    `pictures` are all of them, in the order in which readers see them: for networks that take more
    than one.
    """

    text: str
    alt: str | None = None
    language: str | None = None
    reply_to: str | None = None
    pictures: tuple[StoredPicture, ...] = ()


class Case(ABC):
    """One network and its fake, for one test."""

    method: ClassVar[DedupeMethod]
    """What its `dedupe` must promise."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """What must never show."""
    pictures: ClassVar[bool] = True
    alt_texts: ClassVar[bool] = True
    replies: ClassVar[bool] = True
    refuses_missing_parents: ClassVar[bool] = False
    """Whether it refuses an answer to a post that does not exist; that must be ParentGone."""
    languages: ClassVar[bool] = True
    can_read_back: ClassVar[bool] = True
    """Whether `recent` and `find` can see the account's own posts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        """What the adapter's clock says (UTC); a test may set it at any time."""
        self.server_ahead = timedelta()
        """How far the server's clock is ahead of the adapter's."""

    @property
    def server_now(self) -> datetime:
        """What the server's clock says (UTC): for the times of posts, and the Date of answers."""
        return self.now + self.server_ahead

    @abstractmethod
    def connect(self, patience: float = 10) -> Network:
        """A new adapter for the one account, with timeouts of `patience` seconds."""

    @abstractmethod
    def list_posts(self) -> list[StoredPost]:
        """What the network holds, oldest first."""

    def count_writes(self) -> int:
        """How many requests so far could have changed something, sign-in aside."""
        return len(self.list_posts())

    def show_pages_of(self, count: int) -> None:
        """Let the fake show at most `count` posts on a page of its timeline."""
        pytest.fail(
            f"Write {type(self).__name__}.show_pages_of(count), after which the fake shows at most "
            f"{count} posts on a page; or set `can_read_back` to False."
        )

    def close(self) -> None:  # noqa: B027 - most cases without a server have nothing to stop
        """Stop the fake."""

    def make_text(self, length: int, _limits: Limits) -> str:
        """A text that counts exactly `length`."""
        return "x" * length


class HttpCase(Case):
    """A network behind an HTTP server."""

    server: FakeServer
    uploads_first: ClassVar[bool] = True
    """Whether a picture goes ahead of the post, in a request of its own."""
    errors_by_status: ClassVar[Mapping[int, type[PublishError]]] = {
        400: Rejected,
        401: Credentials,
        403: Rejected,
        404: NotSent,
        422: Rejected,
        429: NotSent,
        500: OutcomeUnknown,
        502: OutcomeUnknown,
        503: OutcomeUnknown,
    }
    """What a create request answered by each status must raise."""
    error_body: ClassVar[Any] = {"error": "no"}
    """The JSON of an error, in this network's shape."""
    empty_page: ClassVar[Reply | None] = None
    """A page of the timeline that shows no post, but says that there are more; None if pages of
    this network do not say whether there are more."""

    @abstractmethod
    def is_create(self, request: Request) -> bool:
        """Whether this is the request that makes a post."""

    def is_upload(self, _request: Request) -> bool:
        """Whether this one uploads a picture (or describes it) before the post is made."""
        return False

    def is_check(self, request: Request) -> bool:
        """Whether this is the request with which `check` proves the credentials."""
        return request.method == "GET"

    def is_sign_in(self, _request: Request) -> bool:
        """Whether a POST only signs in."""
        return False

    def is_lookup(self, _request: Request) -> bool:
        """Whether `find` or `recent` reads the account's posts by this request."""
        return False

    def validate_request(self, request: Request) -> None:
        """Hold a request against the network's official contract; raises if it breaks it."""

    def list_create_requests(self) -> list[Request]:
        """The create requests that arrived."""
        return [request for request in self.server.requests if self.is_create(request)]

    def count_writes(self) -> int:
        return sum(
            request.method not in {"GET", "HEAD"} and not self.is_sign_in(request)
            for request in self.server.requests
        )

    def close(self) -> None:
        self.server.close()


def make_post(text: str = "Eleven years ago today", **changes: Any) -> Post:
    """A post as compose makes it; `picture` stands for the only one of `pictures`."""
    if "picture" in changes:
        only = changes.pop("picture")
        changes["pictures"] = (only,) if only else ()
    made = Post(
        text=text,
        language="de",
        created_at="2027-02-28T15:00:00Z",
        key="account:mission/event:11-years:1",
    )
    return replace(made, **changes)


def make_picture(folder: Path, alt: str = "A capsule under its parachute") -> Media:
    """A true PNG of 8 x 8 pixels, and its alt text."""
    path = folder / "landing.png"
    path.write_bytes(_make_png())
    return Media(str(path), alt, "NASA")


def make_pictures(folder: Path, count: int) -> tuple[Media, ...]:
    """As many PNGs, of which no two are alike, nor their alt texts."""
    made = []
    for number in range(count):
        path = folder / f"picture-{number}.png"
        path.write_bytes(_make_png(number))
        made.append(Media(str(path), f"Orbit {number} 🛰️", "NASA"))
    return tuple(made)


def assert_pictures_stored(case: Case, seen: StoredPost, pictures: tuple[Media, ...]) -> None:
    """The network holds these pictures with that post: in order, and each with its alt text."""
    assert seen.pictures == tuple(
        StoredPicture(one.alt if case.alt_texts else None, Path(one.file).read_bytes())
        for one in pictures
    )


def _make_png(shade: int = 1) -> bytes:
    def make_chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = make_chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + make_chunk(b"IDAT", zlib.compress((b"\0" + bytes([shade, 2, 3]) * 8) * 8))
        + make_chunk(b"IEND", b"")
    )


def expect_failure(case: Case, call: Callable[[], object]) -> PublishError:
    """The one publish error that `call` must raise, once it has been searched for secrets."""
    with pytest.raises(PublishError) as caught:
        call()
    assert type(caught.value) in PUBLISH_ERRORS
    assert_no_secret(case, "".join(traceback.format_exception(caught.value)))
    assert_no_secret(case, repr(caught.value))
    return caught.value


def assert_no_secret(case: Case, text: str) -> None:
    """None of the case's secrets stands in `text`."""
    for secret in case.secrets:
        assert secret not in text


def skip_unless(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Skip a test that asks for what a network does not have."""
    if not condition:
        pytest.skip(otherwise)
