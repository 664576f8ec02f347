"""The ledger's server dies while workers send, and its standby takes over."""

from __future__ import annotations

import signal
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import TICK, CrashHarness, wait_until
from tests.fakes.database_fixtures import to_driver_url
from tests.fakes.postgres_pair import running_pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.fakes.bot_process import BotProcess
    from tests.fakes.postgres_pair import PrimaryServer, StandbyServer

ACCOUNTS, EVENTS, WORKERS = 4, 10, 2
A_WHILE = 4 * TICK
"""Seconds in which every worker looks at its ledger more than once, and requests end."""
HALF_WRITTEN = "postgresql://test@127.0.0.1:543x"
UNTRIED = {State.DUE, State.WAITING}


@pytest.fixture
def server_pair() -> Iterator[tuple[PrimaryServer, StandbyServer]]:
    with running_pair() as servers:
        servers[0].create_database("ledger")
        yield servers


def make_harness(
    server: PrimaryServer, folder: Path, kind: str = "lookup", events: int = EVENTS
) -> CrashHarness:
    return CrashHarness(
        folder, kind, server.database_url("ledger"), accounts=ACCOUNTS, events=events
    )


def joint_url(primary: PrimaryServer, standby: StandbyServer) -> str:
    """One address, as libpq takes it: the server of the two that is written to."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in (primary, standby))
    return f"postgresql://test@{hosts}/ledger?target_session_attrs=read-write"


def start_sending(harness: CrashHarness) -> list[BotProcess]:
    """Workers in the middle of the sending."""
    harness.create_old_ledger()
    harness.set_latency(0.2, 0.4)
    runs = harness.start_workers(WORKERS)
    wait_until(lambda: all(run.has_started for run in runs), harness.describe_open_deliveries)
    wait_until(lambda: is_half_sent(harness.count_states()), harness.describe_open_deliveries)
    return runs


@contextmanager
def sending_on_both(
    pair: tuple[PrimaryServer, StandbyServer], folder: Path
) -> Iterator[tuple[CrashHarness, list[BotProcess]]]:
    """Workers in the middle of the sending, under one address of both servers."""
    with make_harness(pair[0], folder) as harness:
        harness.environ["DATABASE_URL"] = joint_url(*pair)
        yield harness, start_sending(harness)


def is_half_sent(counts: Mapping[State, int]) -> bool:
    assert counts.get(State.SENT, 0) < ACCOUNTS * EVENTS, "the work was done at once"
    return counts.get(State.SENT, 0) >= ACCOUNTS and counts.get(State.SENDING, 0) > 1


def assert_alive(runs: list[BotProcess]) -> None:
    for run in runs:
        assert run.is_alive(), run.read_output()


def promote_standby(standby: StandbyServer, harness: CrashHarness) -> None:
    """The standby is the ledger now, and holds the claim of every request that has left."""
    standby.promote()
    harness.url = to_driver_url(standby.database_url("ledger"))
    time.sleep(A_WHILE)
    assert not find_forgotten(harness)


def may_standby_lag(harness: CrashHarness) -> bool:
    """What `doctor` asks."""
    with closing(harness.ledger) as ledger:
        return ledger.has_lagging_standby()


def find_forgotten(harness: CrashHarness) -> list[str]:
    """What is on its server, and of whose claim the ledger knows nothing."""
    untried = {str(one.key) for one in harness.list_deliveries() if one.state in UNTRIED}
    return [key for key in harness.count_posts() if key in untried]


def finish_and_verify(harness: CrashHarness, runs: list[BotProcess]) -> None:
    """The very same workers post everything, once, and stop as usual."""
    assert_alive(runs)
    wait_until(harness.is_settled, harness.describe_open_deliveries, 60)
    for run in runs:
        run.send_signal(signal.SIGTERM)
    for run in runs:
        assert run.wait(20) == 0, run.read_output()
    harness.verify_deliveries()
    harness.verify_history()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_failover_while_sending_is_followed_through_the_file_of_the_address(
    kind: str, server_pair: tuple[PrimaryServer, StandbyServer], tmp_path: Path
) -> None:
    primary, standby = server_pair
    file = tmp_path / "address"
    file.write_text(primary.database_url("ledger"), encoding="utf-8")
    with make_harness(primary, tmp_path, kind) as harness:
        del harness.environ["DATABASE_URL"]
        harness.environ["DATABASE_URL_FILE"] = str(file)
        runs = start_sending(harness)
        primary.crash()
        file.write_text(HALF_WRITTEN, encoding="utf-8")
        promote_standby(standby, harness)
        assert harness.count_states().get(State.SENDING), "the crash found nothing under way"
        assert not harness.is_settled()
        file.write_text(standby.database_url("ledger"), encoding="utf-8")
        finish_and_verify(harness, runs)
    for run in runs:
        assert "connected to the ledger at its new address" in run.read_output()


@pytest.mark.slow
def test_a_failover_while_sending_is_followed_by_an_address_of_both_servers(
    server_pair: tuple[PrimaryServer, StandbyServer], tmp_path: Path
) -> None:
    primary, standby = server_pair
    with sending_on_both(server_pair, tmp_path) as (harness, runs):
        primary.crash()
        time.sleep(A_WHILE)
        promote_standby(standby, harness)
        finish_and_verify(harness, runs)
    for run in runs:
        assert "nothing is posted" in run.read_output(), "it noticed nothing of the outage"


@pytest.mark.slow
def test_an_old_primary_that_comes_back_beside_the_new_one_gets_nothing_sent(
    server_pair: tuple[PrimaryServer, StandbyServer], tmp_path: Path
) -> None:
    primary, standby = server_pair
    with sending_on_both(server_pair, tmp_path) as (harness, runs):
        primary.crash()
        primary.start()
        wait_until(lambda: primary.count_waiting_commits() > 0, harness.describe_open_deliveries)
        promote_standby(standby, harness)
        assert not harness.is_settled()
        primary.crash()
        finish_and_verify(harness, runs)


@pytest.mark.slow
def test_no_request_leaves_before_its_claim_is_on_the_standby(
    server_pair: tuple[PrimaryServer, StandbyServer], tmp_path: Path
) -> None:
    primary, standby = server_pair
    with make_harness(primary, tmp_path, events=2) as harness:
        harness.create_old_ledger()
        assert not may_standby_lag(harness)
        receiver = standby.wal_receiver
        receiver.suspend()
        runs = harness.start_workers(WORKERS)
        wait_until(lambda: primary.count_waiting_commits() == WORKERS, runs[0].read_output)
        time.sleep(A_WHILE)
        assert not harness.count_posts()
        receiver.resume()
        finish_and_verify(harness, runs)


@pytest.mark.slow
def test_what_a_lagging_standby_never_heard_of_is_recovered_and_goes_out_no_second_time(
    tmp_path: Path,
) -> None:
    with running_pair(synchronous=False) as (primary, standby):
        primary.create_database("ledger")
        with make_harness(primary, tmp_path) as harness:
            runs = start_sending(harness)
            assert may_standby_lag(harness)
            primary.wal_sender.suspend()
            harness.url = to_driver_url(standby.database_url("ledger"))
            time.sleep(TICK)  # what had left the primary is on the standby
            wait_until(lambda: bool(find_forgotten(harness)), harness.describe_open_deliveries)
            primary.crash()
            for run in runs:
                run.send_signal(signal.SIGTERM)
                assert run.wait(20) == 0, run.read_output()
            standby.promote()
            assert find_forgotten(harness), "the standby had heard of everything"
            harness.environ["DATABASE_URL"] = standby.database_url("ledger")
            recovery = harness.start_bot("recover", "--days", "2")
            assert recovery.wait() == 0, recovery.read_output()
            assert not find_forgotten(harness)
            harness.run_until_settled()
            harness.verify_deliveries()
