"""A worker as `run` makes it, with a network named `bench` that posts to the rig's server.

    python -m benchmarks.rig.due_worker JSON

It ends with SIGTERM and prints the longest transaction that wrote since `instant` was near.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.rig.client import PostClient
from benchmarks.rig.perihelion_worker import DEDUPE, LIMITS
from perihelion.ledger import engine
from perihelion.model.posts import Post, Receipt
from perihelion.networks import loader
from perihelion.networks.base import Context, Identity, NetworkSpec
from perihelion.service.delivery_run import configure_app_logging, prepare_ledger
from perihelion.service.live_schedule import LiveSchedule
from perihelion.service.options import override_environment
from perihelion.service.reload import Reloader
from perihelion.service.wiring import open_app
from perihelion.service.worker import MAX_LEAD_SECONDS, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from perihelion.networks.base import PublishedPost


class DueNetwork:
    """An account on the rig's server, which takes anything."""

    name = "bench"
    dedupe = DEDUPE
    limits = LIMITS

    def __init__(self, client: PostClient) -> None:
        self._client = client

    def check(self) -> Identity:
        """Anybody will do."""
        return Identity("bench")

    def publish(self, post: Post, token: str) -> Receipt:
        """One request."""
        return Receipt(self._client.post(token, post.text))

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - the token says it all
        """Look it up."""
        return Receipt(token) if self._client.has_post(token) else None

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:  # noqa: ARG002 - there is no list
        """The server lists nothing."""
        return ()

    def not_before(self) -> None:
        """It has no limits."""


def add_network(port: int) -> None:
    """Make `bench` known, as an entry point would."""
    client = PostClient(port)

    def connect(_context: Context) -> DueNetwork:
        return DueNetwork(client)

    spec = NetworkSpec("bench", connect, LIMITS)
    loader._find_entry_points = lambda: {"bench": lambda: spec}  # type: ignore[assignment]  # noqa: SLF001 - instead of an installed entry point


def time_transactions(taken: list[tuple[float, float]]) -> None:
    """Note when each transaction that writes began, and how many seconds it took to its commit."""
    open_pipeline = engine._open_pipeline  # noqa: SLF001 - what surrounds each of them, and its commit

    @contextmanager
    def time_pipeline(connection: Connection, *, enabled: bool) -> Iterator[object]:
        began = time.time()
        with open_pipeline(connection, enabled=enabled) as pipeline:
            yield pipeline
        taken.append((began, time.time() - began))

    engine._open_pipeline = time_pipeline  # type: ignore[assignment]  # noqa: SLF001 - as above


def prepare(environ: dict[str, str]) -> None:
    """A ledger that has known its accounts since yesterday."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    ledger = prepare_ledger(open_app(environ, at=yesterday))
    ledger.unregister_worker(yesterday)
    ledger.close()


def work(environ: dict[str, str], instant: float) -> None:
    """Post until stopped."""
    opened_at = datetime.now(UTC)
    app = open_app(environ)
    configure_app_logging(app)
    taken: list[tuple[float, float]] = []
    time_transactions(taken)
    live = LiveSchedule(Reloader(app, environ, opened_at), app.settings.tick.total_seconds())
    Worker(app, live).run()
    near = [seconds for began, seconds in taken if began > instant - MAX_LEAD_SECONDS]
    print(json.dumps({"transaction": max(near, default=0.0)}))


def main() -> None:
    """Do one job."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    folder = job["folder"]
    add_network(job["port"])
    environ = override_environment(state=folder, schedule=f"{folder}/schedule.yaml")
    if job["do"] == "prepare":
        prepare(environ)
    else:
        work(environ, job["instant"])


if __name__ == "__main__":
    main()
