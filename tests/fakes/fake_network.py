"""A network in memory, for tests of those who use one: it keeps its word about repeats, or fails.

`FakeNetwork(method=Method.KEYED)` holds `posts`; `fail(error, acted=True)` makes the next publish
raise, with or without the post having been made; `find_fails` and `check_fails` do so for those.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.model.posts import Limits, Post, Receipt
from perihelion.networks.base import Dedupe, DedupeMethod, Identity, PublishedPost, require_lease
from perihelion.networks.shared.media import require_fit
from perihelion.testing.contexts import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = Limits(500, pictures=4, alt_length=1500)


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post that the fake network holds."""

    post: Post
    token: str
    receipt: Receipt
    at: datetime


@dataclass(slots=True)
class FakeNetwork:
    """One account's network. `calls` counts publishes, `looks` look-ups; safe in threads."""

    method: DedupeMethod = DedupeMethod.KEYED
    window: timedelta | None = None
    then_lookup: bool = False
    limits: Limits = LIMITS
    name: str = "fake"
    now: Callable[[], datetime] = lambda: NOW
    before_publish: Callable[[Post], None] = lambda _post: None
    """Runs inside publish before anything happens: a test may wait or look there."""
    posts: list[StoredPost] = field(default_factory=list)
    calls: int = 0
    lookups: int = 0
    rate_limited_until: datetime | None = None
    find_errors: list[Exception] = field(default_factory=list)
    check_errors: list[Exception] = field(default_factory=list)
    _faults: list[tuple[Exception, bool]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail_next(self, error: Exception, *, acted: bool = False) -> None:
        """Make the next publish raise; with `acted`, the post exists all the same."""
        self._faults.append((error, acted))

    @property
    def dedupe(self) -> Dedupe:
        return Dedupe(self.method, self.window, self.then_lookup)

    def check(self) -> Identity:
        if self.check_errors:
            raise self.check_errors.pop(0)
        return Identity("@fake")

    def publish(self, post: Post, token: str) -> Receipt:
        require_fit(post, self.limits)
        self.before_publish(post)
        require_lease()
        with self._lock:
            self.calls += 1
            error, acted = self._faults.pop(0) if self._faults else (None, True)
            receipt = self._create_post(post, token) if acted else None
        if error is not None:
            raise error
        assert receipt is not None
        return receipt

    def find(self, post: Post, token: str) -> Receipt | None:
        self.lookups += 1
        if self.find_errors:
            raise self.find_errors.pop(0)
        if self.method is DedupeMethod.NONE:
            return None
        found = (made.receipt for made in self.posts if made.post.text == post.text)
        return (
            next(found, None)
            if self.method is not DedupeMethod.KEYED
            else self._find_by_token(token)
        )

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        return tuple(
            PublishedPost(made.receipt, made.post.text, made.at, made.token)
            for made in reversed(self.posts)
            if made.at >= since
        )

    def not_before(self) -> datetime | None:
        return self.rate_limited_until

    def _create_post(self, post: Post, token: str) -> Receipt:
        kept = self._find_by_token(token) if self.method is DedupeMethod.KEYED else None
        if kept is not None:
            return kept
        number = str(len(self.posts) + 1)
        receipt = Receipt(number, f"https://fake.example/{number}")
        self.posts.append(StoredPost(post, token, receipt, self.now().astimezone(UTC)))
        return receipt

    def _find_by_token(self, token: str) -> Receipt | None:
        now = self.now()
        for made in self.posts:
            if made.token == token and (self.window is None or now - made.at < self.window):
                return made.receipt
        return None
