"""A PostgreSQL server and its streaming standby, which may have its commits before the client."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.fakes.postgres import PostgresServer, require_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "standby"
_TRIES, _PAUSE = 400, 0.05


class PrimaryServer(PostgresServer):
    """A server that hands everything on to a standby."""

    def wait_for_standby(self) -> None:
        """Until the standby streams, so that it has all that was committed before."""
        self._wait_for_row("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")

    def enable_synchronous_commit(self) -> None:
        """From now on no commit is over before the standby has it."""
        self.execute_sql(f"ALTER SYSTEM SET synchronous_standby_names = '{_NAME}'")
        self.execute_sql("SELECT pg_reload_conf()")
        self._wait_for_row("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")

    def _wait_for_row(self, question: str) -> None:
        for _ in range(_TRIES):
            if self.execute_sql(question):
                return
            time.sleep(_PAUSE)
        pytest.fail("the standby does not follow")

    @property
    def wal_sender(self) -> psutil.Process:
        """The process of it that streams to the standby."""
        ((pid,),) = self.execute_sql("SELECT pid FROM pg_stat_replication")
        return psutil.Process(pid)

    def count_waiting_commits(self) -> int:
        """How many commits wait for the standby now."""
        ((number,),) = self.execute_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        )
        return int(number)


class StandbyServer(PostgresServer):
    """A copy of `primary` that streams from it, and only answers questions until promoted."""

    def __init__(self, primary: PrimaryServer) -> None:
        self._primary = primary
        super().__init__()

    def _create_data_folder(self) -> None:
        source = f"host=127.0.0.1 port={self._primary.port} user=test application_name={_NAME}"
        self._run_program("pg_basebackup", "-R", "-d", source, "-c", "fast", "--no-sync")

    def promote(self) -> None:
        """Make it the one that is written to."""
        self._run_program("pg_ctl", "promote", "-w")

    @property
    def wal_receiver(self) -> psutil.Process:
        """The process of it that takes in what the primary streams."""
        ((pid,),) = self.execute_sql("SELECT pid FROM pg_stat_wal_receiver")
        return psutil.Process(pid)


@contextmanager
def running_pair(*, synchronous: bool = True) -> Iterator[tuple[PrimaryServer, StandbyServer]]:
    """Both of them running; if not `synchronous`, the standby may lag behind."""
    require_programs("pg_basebackup", "pg_ctl")
    with ExitStack() as stack:
        primary = PrimaryServer()
        stack.callback(primary.remove)
        primary.start()
        standby = StandbyServer(primary)
        stack.callback(standby.remove)
        standby.start()
        primary.wait_for_standby()
        if synchronous:
            primary.enable_synchronous_commit()
        yield primary, standby
