"""One worker of this program, with a network named `bench` that posts to the rig's server.

    python -m benchmarks.rig.perihelion_worker JSON

Everything but the adapter is the real thing: schedule, almanac, templates, ledger,
delivery loop, log.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event, Lock
from typing import TYPE_CHECKING, Any

from benchmarks.rig.client import PostClient, peak_mb
from perihelion.model.deliveries import State
from perihelion.model.posts import Limits, Post, Receipt
from perihelion.networks import loader
from perihelion.networks.base import Context, Dedupe, DedupeMethod, Identity, NetworkSpec
from perihelion.publish.context import NetworkFacts
from perihelion.publish.promiser import Promiser
from perihelion.service.clock import parse_instant
from perihelion.service.delivery_run import configure_app_logging, post_due_once, prepare_ledger
from perihelion.service.options import override_environment
from perihelion.service.wiring import App, open_app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.deliveries import PlannedDelivery
    from perihelion.networks.base import PublishedPost

AT = parse_instant("2027-03-02T15:10Z")
LIMITS = Limits(length=5000)
DEDUPE = Dedupe(DedupeMethod.LOOKUP)
_OPEN = (State.DUE, State.SENDING, State.UNKNOWN, State.WAITING)


logger = logging.getLogger(__name__)


class StartGate:
    """Lets this process through once it has planned its day, together with all others."""

    def __init__(self, client: PostClient, number: int) -> None:
        self._client, self._number = client, number
        self._lock, self._open = Lock(), number == 0
        self._planned = Event()

    def watch_planning(self, accounts: int) -> None:
        """Learn from the promiser when all accounts are planned."""
        promise = Promiser.promise_due

        def promise_and_signal(
            promiser: Promiser, known: Mapping[str, NetworkFacts], *instants: datetime
        ) -> list[PlannedDelivery]:
            made = promise(promiser, known, *instants)
            if len(known) == accounts:
                self._planned.set()
            return made

        Promiser.promise_due = promise_and_signal  # type: ignore[method-assign]  # the only one who knows

    def wait(self) -> None:
        """Wait for the plan and for the others, the first time."""
        with self._lock:
            if not self._open:
                self._planned.wait()
                self._client.pass_gate(self._number)
                self._open = True


class BenchNetwork:
    """An account on the rig's server: posts can be looked up, and no key is kept.

    All accounts become known at one moment, and no request leaves before the day is planned for all
    of them: planning is no part of a delivery.
    """

    name = "bench"
    dedupe = DEDUPE

    def __init__(self, client: PostClient, gate: StartGate, together: Barrier) -> None:
        self._client, self._gate, self._together = client, gate, together

    @property
    def limits(self) -> Limits:
        """What it takes, once every account was asked."""
        self._together.wait()
        return LIMITS

    def check(self) -> Identity:
        """Anybody will do."""
        return Identity("bench")

    def publish(self, post: Post, token: str) -> Receipt:
        """One request; the first one waits until every worker has planned for every account."""
        self._gate.wait()
        return Receipt(self._client.post(token, post.text))

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - the token says it all
        """Look it up."""
        return Receipt(token) if self._client.has_post(token) else None

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:  # noqa: ARG002 - there is no list
        """The server lists nothing."""
        return ()

    def not_before(self) -> None:
        """It has no limits."""


def add_network(port: int, workers: int, accounts: int) -> None:
    """Make `bench` known, as an entry point would."""
    client = PostClient(port)
    gate, together = StartGate(client, workers), Barrier(accounts)
    gate.watch_planning(accounts)

    def connect(_context: Context) -> BenchNetwork:
        return BenchNetwork(client, gate, together)

    spec = NetworkSpec("bench", connect, LIMITS)
    loader._find_entry_points = lambda: {"bench": lambda: spec}  # type: ignore[assignment]  # noqa: SLF001 - instead of an installed entry point


def open_app_at(job: dict[str, Any], at: datetime) -> App:
    """The program, configured as `job` says."""
    folder = Path(job["folder"])
    paths = {"state": str(folder), "schedule": str(folder / "schedule.yaml")}
    return open_app(override_environment(**paths), at=at)


def prepare_benchmark(job: dict[str, Any]) -> None:
    """A ledger that has known its accounts since yesterday, with the day's plan."""
    post_due_once(open_app_at(job, AT - timedelta(days=1)), early=False)
    app = open_app_at(job, AT)
    ledger = prepare_ledger(app)
    known = {account.name: NetworkFacts(LIMITS, DEDUPE) for account in app.accounts}
    Promiser(ledger, app.make_publish_context(ledger), early=False).promise_due(
        known, app.clock.now()
    )
    ledger.close()


def post_everything(job: dict[str, Any]) -> None:
    """Post everything; with `persist`, again and again until nothing is open."""
    app = open_app_at(job, AT + timedelta(minutes=job.get("later", 0)))
    if job.get("ready"):
        App.compose_post = _compose_ready_post  # type: ignore[method-assign]  # the peers' posts wait ready too
    configure_app_logging(app)
    post_due_once(app, early=False)
    while job.get("persist") and any(
        app.open_ledger().count_deliveries_by_state().get(s) for s in _OPEN
    ):
        time.sleep(0.5)
        post_due_once(app, early=False)


def _compose_ready_post(
    _app: App, seen: Anniversary, _account: Account, _limits: Limits, at: datetime
) -> Post:
    """A post without a template."""
    return Post(text=seen.event.title, language="en", created_at=at.isoformat())


def import_modules(names: list[str]) -> None:
    """What an interpreter needs that has imported as much and done nothing."""
    for name in names:
        try:
            __import__(name)
        except ImportError:
            logger.debug("%s is no module of its own", name)


def main() -> None:
    """Do one job, and print what it took."""
    job = json.loads(sys.argv[1])
    if job["do"] == "imports":
        import_modules(json.loads(Path(job["modules"]).read_text(encoding="utf-8")))
    else:
        workers = 0 if job["do"] == "prepare" else job["workers"]
        add_network(job["port"], workers, len(job["accounts"]))
        {"prepare": prepare_benchmark, "work": post_everything}[job["do"]](job)
        if modules := job.get("modules"):
            Path(modules).write_text(json.dumps(sorted(sys.modules)), encoding="utf-8")
    print(json.dumps({"peak": peak_mb()}))


if __name__ == "__main__":
    main()
