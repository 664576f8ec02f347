"""A PostgreSQL server and its streaming standby, which may have its commits before the client."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.fakes.postgres import PostgresServer, demand_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "standby"
_TRIES, _PAUSE = 400, 0.05


class Primary(PostgresServer):
    """A server that dies as a machine does: all of its processes, and at once."""

    def crash(self) -> None:
        """Kill it, so that no process of it answers or hands anything on."""
        assert self._process is not None
        family = psutil.Process(self._process.pid).children(recursive=True)
        self.stop(at_once=True)
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()

    def await_standby(self) -> None:
        """Until the standby streams, so that it has all that was committed before."""
        self._await("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")

    def commit_with_standby(self) -> None:
        """From now on no commit is over before the standby has it."""
        self.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{_NAME}'")
        self.execute("SELECT pg_reload_conf()")
        self._await("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")

    def _await(self, question: str) -> None:
        for _ in range(_TRIES):
            if self.execute(question):
                return
            time.sleep(_PAUSE)
        pytest.fail("the standby does not follow")

    @property
    def sender(self) -> psutil.Process:
        """The process of it that streams to the standby."""
        ((pid,),) = self.execute("SELECT pid FROM pg_stat_replication")
        return psutil.Process(pid)

    def waiting_commits(self) -> int:
        """How many commits wait for the standby now."""
        ((number,),) = self.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        )
        return int(number)


class Standby(PostgresServer):
    """A copy of `primary` that streams from it, and only answers questions until promoted."""

    def __init__(self, primary: Primary) -> None:
        self._primary = primary
        super().__init__()

    def _fill(self) -> None:
        source = f"host=127.0.0.1 port={self._primary.port} user=test application_name={_NAME}"
        command = ["-D", str(self._data), "-R", "-d", source, "-c", "fast", "--no-sync"]
        self._run("pg_basebackup", command).wait(60)

    def promote(self) -> None:
        """Make it the one that is written to."""
        assert self._run("pg_ctl", ["promote", "-w", "-D", str(self._data)]).wait(30) == 0

    @property
    def receiver(self) -> psutil.Process:
        """The process of it that takes in what the primary streams."""
        ((pid,),) = self.execute("SELECT pid FROM pg_stat_wal_receiver")
        return psutil.Process(pid)


@contextmanager
def postgres_pair(*, synchronous: bool = True) -> Iterator[tuple[Primary, Standby]]:
    """Both of them running; if not `synchronous`, the standby may lag behind."""
    demand_programs("pg_basebackup", "pg_ctl")
    with ExitStack() as stack:
        primary = Primary()
        stack.callback(primary.remove)
        primary.start()
        standby = Standby(primary)
        stack.callback(standby.remove)
        standby.start()
        primary.await_standby()
        if synchronous:
            primary.commit_with_standby()
        yield primary, standby
