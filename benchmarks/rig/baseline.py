"""The floor: the ledger's SQL in a bare loop, with the same number of posting threads.

    python -m benchmarks.rig.baseline JSON

With no `database` it only posts: what the network alone allows. With one, a ledger that this
program has filled with promises is worked off by the driver alone: no values, no templates, no log.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from benchmarks.rig.client import TEXT, PostClient, peak_mb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.rig.statements import Statements

NOW = datetime(2027, 3, 2, 15, 11, tzinfo=UTC)
_FENCE = 20
"""Where the account's fence stands in a locked row, after the 20 columns of a delivery."""
_POST = json.dumps({"text": TEXT, "language": "en", "created_at": "", "picture": None})


class PostingThreads:
    """As many threads that post as requests may be in flight."""

    def __init__(self, client: PostClient, number: int) -> None:
        self._client = client
        self.jobs: SimpleQueue[Any] = SimpleQueue()
        self.done: SimpleQueue[Any] = SimpleQueue()
        for _ in range(number):
            threading.Thread(target=self._post_jobs, daemon=True).start()

    def _post_jobs(self) -> None:
        while True:
            job = self.jobs.get()
            self.done.put((job, self._client.post(job[0])))

    def take_done(self) -> list[Any]:
        """All that is done; waits for the first."""
        found = [self.done.get()]
        try:
            while True:
                found.append(self.done.get_nowait())
        except Empty:
            return found


def post_only(threads: PostingThreads, keys: Iterable[str]) -> None:
    """The network alone."""
    number = 0
    for key in keys:
        threads.jobs.put((key,))
        number += 1
    for _ in range(number):
        threads.done.get()


class ExchangeLoop:
    """One worker's exchanges, straight on the driver."""

    def __init__(self, statements: Statements, *, on_sqlite: bool) -> None:
        self._sql, self._on_sqlite = statements, on_sqlite
        self._now = NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def run(self, connection: Any, threads: PostingThreads, accounts: list[str], most: int) -> None:  # noqa: ANN401 - sqlite3's or psycopg's
        """Work everything off."""
        results: list[Any] = []
        in_flight: set[str] = set()
        while True:
            free = [name for name in accounts if name not in in_flight]
            ready = self._list_ready(connection, results, free, most - len(in_flight))
            with nullcontext() if self._on_sqlite else connection.pipeline():
                connection.execute("BEGIN IMMEDIATE" if self._on_sqlite else "BEGIN")
                claims = self._run_exchange(connection, results, ready)
                connection.execute("COMMIT")
            in_flight |= {account for _key, account, _fence in claims}
            for claim in claims:
                threads.jobs.put(claim)
            if not in_flight:
                return
            results = threads.take_done()
            in_flight -= {claim[1] for claim, _identity in results}

    def _list_ready(
        self,
        connection: Any,  # noqa: ANN401 - as above
        results: list[Any],
        free: list[str],
        most: int,
    ) -> list[Any]:
        settled = [claim[1] for claim, _identity in results]
        asked = {"now": self._now, "wall": self._now, "accounts": free, "settled": settled}
        found = self._sql.execute_query(
            connection.cursor(),
            self._sql.ready,
            {**asked, "worker": "floor", "most": most},
        )
        rows: list[Any] = found.fetchall()
        return rows

    def _run_exchange(
        self,
        connection: Any,  # noqa: ANN401 - as above
        results: list[Any],
        ready: list[Any],
    ) -> list[tuple[str, str, int]]:
        sql = self._sql
        names = {"accounts": [claim[1] for claim, _identity in results]}
        locked = sql.execute_query(connection.cursor(), sql.lock_accounts, names)
        keys = {"keys": [row[0] for row in ready]}
        unchanged = sql.execute_query(connection.cursor(), sql.lock_ready, keys)
        locked.fetchall()
        claims = [(row[0], row[1], row[_FENCE] + 1) for row in unchanged.fetchall()]
        cursor = connection.cursor()
        sql.execute_batch(
            cursor, sql.result, [self._result_row(c, identity) for c, identity in results]
        )
        sql.execute_batch(cursor, sql.claim, [self._claim_row(c) for c in claims])
        held = {c[1]: self._account_row(c, None, None) for c, _identity in results}
        held |= {c[1]: self._account_row(c, "floor", 120.0) for c in claims}
        sql.execute_batch(cursor, sql.account, list(held.values()))
        steps = [self._history_row(c[0], "sending", "sent") for c, _identity in results]
        sql.execute_batch(
            cursor, sql.history, steps + [self._history_row(c[0], "due", "sending") for c in claims]
        )
        return claims

    def _result_row(self, claim: Any, identity: str) -> dict[str, object]:  # noqa: ANN401 - key, account and fence
        return {
            "its_key": claim[0],
            "state": "sent",
            "reason": "",
            "doubt": False,
            "ready_at": None,
            "receipt_id": identity,
            "url": None,
            "updated_at": self._now,
        }

    def _claim_row(self, claim: Any) -> dict[str, object]:  # noqa: ANN401 - as above
        return {
            "its_key": claim[0],
            "state": "sending",
            "reason": "",
            "holder": "floor",
            "ready_at": self._now,
            "attempts": 1,
            "first_tried_at": self._now,
            "fence": claim[2],
            "post": _POST,
            "updated_at": self._now,
        }

    def _account_row(
        self,
        claim: Any,  # noqa: ANN401 - as above
        holder: str | None,
        lease: float | None,
    ) -> dict[str, object]:
        return {
            "its_name": claim[1],
            "fence": claim[2],
            "holder": holder,
            "lease_until": self._now if holder else None,
            "lease_seconds": lease,
            "paused_at": None,
            "resume_at": None,
            "broken": False,
            "reason": "",
        }

    def _history_row(self, key: str, before: str, after: str) -> dict[str, object]:
        step = {"key": key, "at": self._now, "worker": "floor", "reason": ""}
        return {**step, "from_state": before, "to_state": after}


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
    client = PostClient(job["port"])
    threads = PostingThreads(client, job["in_flight"])
    if job["database"] is None:
        client.pass_gate(job["workers"])
        post_only(threads, (f"{job['number']}-{n}" for n in range(job["deliveries"])))
    else:
        from benchmarks.rig.statements import Statements  # noqa: PLC0415 - not without a database

        on_sqlite = job["database"].startswith("sqlite")
        loop = ExchangeLoop(Statements(on_sqlite=on_sqlite), on_sqlite=on_sqlite)
        connection = open_database(job["database"])
        client.pass_gate(job["workers"])
        loop.run(connection, threads, job["accounts"], job["in_flight"])
    print(json.dumps({"peak": peak_mb(), "at": time.monotonic()}))


if __name__ == "__main__":
    main()
