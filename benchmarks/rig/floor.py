"""The floor: the ledger's SQL in a bare loop, with the same number of posting threads.

    python -m benchmarks.rig.floor JSON

With no `database` it only posts: what the network alone allows. With one, a ledger that this
program has filled with promises is worked off by the driver alone: no values, no templates, no log.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from benchmarks.rig.client import TEXT, Client, peak_mb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.rig.statements import Statements

NOW = datetime(2027, 3, 2, 15, 11, tzinfo=UTC)
_NOBODY = {"holder": None, "lease_until": None}
_INTERVAL = {f"make_interval_{number}": 0 for number in range(1, 7)}
_POST = json.dumps({"text": TEXT, "language": "en", "created_at": "", "picture": None})


class Threads:
    """As many threads that post as requests may be in flight."""

    def __init__(self, client: Client, number: int) -> None:
        self._client = client
        self.jobs: SimpleQueue[Any] = SimpleQueue()
        self.done: SimpleQueue[Any] = SimpleQueue()
        for _ in range(number):
            threading.Thread(target=self._labour, daemon=True).start()

    def _labour(self) -> None:
        while True:
            job = self.jobs.get()
            self.done.put((job, self._client.post(job[0])))

    def take(self) -> list[Any]:
        """All that is done; waits for the first."""
        found = [self.done.get()]
        try:
            while True:
                found.append(self.done.get_nowait())
        except Empty:
            return found


def post_only(threads: Threads, keys: Iterable[str]) -> None:
    """The network alone."""
    number = 0
    for key in keys:
        threads.jobs.put((key,))
        number += 1
    for _ in range(number):
        threads.done.get()


class Loop:
    """One worker's exchanges, straight on the driver."""

    def __init__(self, statements: Statements, *, on_sqlite: bool) -> None:
        self._sql, self._on_sqlite = statements, on_sqlite
        self._now: object = NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if on_sqlite else NOW
        self._lease: dict[str, object] = (
            {"lease_end": self._now} if on_sqlite else {"lease_seconds": 120.0, **_INTERVAL}
        )

    def run(self, connection: Any, threads: Threads, accounts: list[str], most: int) -> None:  # noqa: ANN401 - sqlite3's or psycopg's
        """Work everything off."""
        results: list[Any] = []
        flying: set[str] = set()
        while True:
            connection.execute("BEGIN IMMEDIATE" if self._on_sqlite else "BEGIN")
            connection.execute(self._sql.stamp).fetchone()
            cursor = connection.cursor()
            self._settle(cursor, results)
            free = [name for name in accounts if name not in flying]
            claims = self._claim(cursor, free, most - len(flying))
            connection.execute("COMMIT")
            flying |= {account for _key, account, _fence in claims}
            for claim in claims:
                threads.jobs.put(claim)
            if not flying:
                return
            results = threads.take()
            flying -= {claim[1] for claim, _identity in results}

    def _settle(self, cursor: Any, results: list[Any]) -> None:  # noqa: ANN401 - as above
        if not results:
            return
        names = sorted(account for (_key, account, _fence), _identity in results)
        cursor.execute(*self._sql.lock(names))
        cursor.fetchall()
        free = {"paused": None, "resume": None, "new_broken": False, "new_reason": "", **_NOBODY}
        cursor.executemany(self._sql.release, [{"account_name": n, **free} for n in names])
        sent = {"new_state": "sent", "new_reason": "", "new_doubt": False, "ready": None, **_NOBODY}
        cursor.executemany(
            self._sql.write,
            [
                {"delivery_key": c[0], "receipt": i, "new_url": None, "changed": self._now, **sent}
                for c, i in results
            ],
        )
        self._record(cursor, [c[0] for c, _i in results], "sending", "sent")

    def _claim(self, cursor: Any, free: list[str], most: int) -> list[tuple[str, str, int]]:  # noqa: ANN401 - as above
        cursor.execute(*self._sql.next(free, self._now, most))
        claims = [(row[0], row[1], row[-1] + 1) for row in cursor.fetchall()]
        if not claims:
            return []
        held = [
            {"account_name": a, "new_fence": f, "worker": "floor", **self._lease}
            for _k, a, f in claims
        ]
        cursor.executemany(self._sql.hold, held)
        once = {"new_post": _POST, "new_attempts": 1, "first": self._now, "worker": "floor"}
        state = {"new_state": "sending", "changed": self._now}
        cursor.executemany(
            self._sql.mark,
            [{"delivery_key": k, "new_fence": f, **once, **state} for k, _a, f in claims],
        )
        self._record(cursor, [key for key, _a, _f in claims], "due", "sending")
        return claims

    def _record(self, cursor: Any, keys: list[str], before: str, after: str) -> None:  # noqa: ANN401 - as above
        step = {"at": self._now, "worker": "floor", "from_state": before, "to_state": after}
        cursor.executemany(self._sql.record, [{"key": k, "reason": "", **step} for k in keys])


def open_database(url: str) -> Any:  # noqa: ANN401 - sqlite3's or psycopg's
    """A connection that commits to disk and leaves BEGIN to us."""
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        return connection
    import psycopg  # noqa: PLC0415 - only one of the two is needed

    return psycopg.connect(url, autocommit=True)


def main() -> None:
    """Do one job, and print what it took."""
    job = json.loads(sys.argv[1])
    client = Client(job["port"])
    threads = Threads(client, job["in_flight"])
    if job["database"] is None:
        client.pass_gate(job["workers"])
        post_only(threads, (f"{job['number']}-{n}" for n in range(job["deliveries"])))
    else:
        from benchmarks.rig.statements import Statements  # noqa: PLC0415 - not without a database

        on_sqlite = job["database"].startswith("sqlite")
        loop = Loop(Statements(on_sqlite=on_sqlite), on_sqlite=on_sqlite)
        connection = open_database(job["database"])
        client.pass_gate(job["workers"])
        loop.run(connection, threads, job["accounts"], job["in_flight"])
    print(json.dumps({"peak": peak_mb(), "at": time.monotonic()}))


if __name__ == "__main__":
    main()
