"""A network's server in simulated time: slow, late to show posts, forgetful with answers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from perihelion.model.errors import NotSent, OutcomeUnknown
from perihelion.model.posts import Limits, Post, Receipt
from perihelion.networks.base import (
    Dedupe,
    DedupeMethod,
    Identity,
    PublishedPost,
    require_lease,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sim.scheduler import Scheduler

LIMITS = Limits(length=500)
REQUEST_SECONDS = 25.0
"""How long an adapter waits for an answer before it gives up."""
TICK = 0.02
"""Seconds for anything that takes no time to speak of."""

NETWORKS = {
    "keyed": Dedupe(DedupeMethod.KEYED, window=timedelta(hours=1), then_lookup=True),
    "keyed-for-ever": Dedupe(DedupeMethod.KEYED),
    "lookup": Dedupe(DedupeMethod.LOOKUP),
    "none": Dedupe(DedupeMethod.NONE),
}
"""The kinds of network there are, as Mastodon, Nostr, X and Telegram are examples of."""


@dataclass(frozen=True)
class Weather:
    """What the network does to requests: chances from 0 to 1, and times in seconds."""

    slow: float = 0.0
    """The chance that a request takes up to `longest_request` until the post is made."""
    longest_request: float = 90.0
    show_after: float = 0.0
    """How long a post may take until the timeline shows it."""
    cut: float = 0.0
    """The chance that the answer to a post is lost."""
    refused: float = 0.0
    """The chance that no connection is made."""
    limited: float = 0.0
    """The chance of a rate limit."""
    deaf: float = 0.0
    """The chance that a look-up gets no answer."""


@dataclass(frozen=True)
class Shown:
    """A post that the server holds."""

    id: str
    text: str
    token: str
    made_at: float
    shown_at: float


class Server:
    """One account's posts. What happens to a request is drawn when it is made."""

    def __init__(self, scheduler: Scheduler, weather: Weather) -> None:
        self._scheduler, self.weather = scheduler, weather
        self.posts: list[Shown] = []
        self.asked: set[str] = set()
        """The texts of all requests."""
        self._numbers = itertools.count(1)

    def start_post(
        self, text: str, token: str, dedupe: Dedupe, answer: Callable[[str], None]
    ) -> None:
        """Take a request in; `answer(id)` is called once the post is made, unless it is lost.

        A key with a window is looked for when the request comes and noted when the post is made,
        as Mastodon does; one without a time limit is part of the post, and no two can have it.
        """
        rng, weather = self._scheduler.rng, self.weather
        self.asked.add(text)
        if dedupe.method is DedupeMethod.KEYED and self._answer_known(token, answer):
            return
        slow = rng.random() < weather.slow
        seconds = rng.uniform(0, weather.longest_request) if slow else rng.uniform(0.01, 0.2)
        reply = _ignore if rng.random() < weather.cut else answer
        is_part_of_post = dedupe.method is DedupeMethod.KEYED and dedupe.window is None

        def make() -> None:
            if not (is_part_of_post and self._answer_known(token, reply)):
                self._make(text, token, reply)

        self._scheduler.call_in(seconds, make)

    def _answer_known(self, token: str, answer: Callable[[str], None]) -> bool:
        known = [post.id for post in self.posts if post.token == token]
        if known:
            self._scheduler.call_in(TICK, lambda: answer(known[0]))
        return bool(known)

    def _make(self, text: str, token: str, answer: Callable[[str], None]) -> None:
        now = self._scheduler.seconds
        shown_at = now + self._scheduler.rng.uniform(0, self.weather.show_after)
        made = Shown(f"{next(self._numbers)}", text, token, now, shown_at)
        self.posts.append(made)
        self._scheduler.note(f"server: post {made.id} made: {text}")
        answer(made.id)

    def visible(self) -> list[Shown]:
        """What the timeline shows now."""
        return [post for post in self.posts if post.shown_at <= self._scheduler.seconds]

    def calm(self) -> None:
        """From now on everything works."""
        self.weather = replace(self.weather, slow=0.0, cut=0.0, refused=0.0, limited=0.0, deaf=0.0)


class SimulatedNetwork:
    """An adapter to a `Server`, with every request taking simulated time."""

    name = "simulated"
    limits = LIMITS

    def __init__(
        self, scheduler: Scheduler, server: Server, kind: str, freeze: Callable[[], None]
    ) -> None:
        self._scheduler, self._server = scheduler, server
        self.dedupe = NETWORKS[kind]
        self._freeze = freeze

    def check(self) -> Identity:
        """Whose account it is."""
        self._scheduler.sleep(TICK)
        return Identity("@simulated")

    def publish(self, post: Post, token: str) -> Receipt:
        """Make one create request."""
        rng, weather = self._scheduler.rng, self._server.weather
        self._scheduler.sleep(rng.uniform(TICK, 2 * TICK))
        if rng.random() < weather.refused:
            raise NotSent("no connection")
        if rng.random() < weather.limited:
            raise NotSent("too many requests", retry_after=timedelta(seconds=rng.uniform(1, 60)))
        self._freeze()
        self._scheduler.sleep(TICK)
        require_lease()
        answers: list[str] = []
        task = self._scheduler.current

        def answer(number: str) -> None:
            answers.append(number)
            self._scheduler.notify(task)

        self._server.start_post(post.text, token, self.dedupe, answer)
        if not self._scheduler.wait_for(lambda: bool(answers), REQUEST_SECONDS):
            raise OutcomeUnknown("no answer in time")
        return Receipt(answers[0], f"https://simulated.example/{answers[0]}")

    def find(self, post: Post, token: str) -> Receipt | None:
        """Look the post up on the timeline."""
        return self.open_timeline()(post, token)

    def open_timeline(self) -> Callable[[Post, str], Receipt | None]:
        """A `find` that reads the timeline once."""
        return partial(_find_among, cache(self._read_timeline))

    def _read_timeline(self) -> list[Shown]:
        self._scheduler.sleep(self._scheduler.rng.uniform(TICK, 2 * TICK))
        if self._scheduler.rng.random() < self._server.weather.deaf:
            raise NotSent("the timeline could not be read")
        return self._server.visible()

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:  # noqa: ARG002 - as above
        """What the timeline shows, newest first."""
        return ()

    def not_before(self) -> datetime | None:
        """No rate limit beyond what `publish` raises."""
        return None


def _find_among(read: Callable[[], list[Shown]], post: Post, _token: str) -> Receipt | None:
    found = [shown.id for shown in read() if shown.text == post.text]
    return Receipt(found[0], f"https://simulated.example/{found[0]}") if found else None


def _ignore(_number: str) -> None:
    """An answer that gets lost."""
