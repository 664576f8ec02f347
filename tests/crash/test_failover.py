"""The ledger's server dies while workers send, and its standby takes over."""

from __future__ import annotations

import signal
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.databases import driver
from tests.fakes.postgres_pair import postgres_pair
from tests.fakes.stage import TICK, Stage, await_

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.fakes.postgres_pair import Primary, Standby
    from tests.fakes.program import Run

ACCOUNTS, EVENTS, WORKERS = 4, 10, 2
A_WHILE = 4 * TICK
"""Seconds in which every worker looks at its ledger more than once, and requests end."""
HALF_WRITTEN = "postgresql://test@127.0.0.1:543x"
UNTRIED = {State.DUE, State.WAITING}


@pytest.fixture
def pair() -> Iterator[tuple[Primary, Standby]]:
    with postgres_pair() as servers:
        servers[0].create("ledger")
        yield servers


def stage_on(server: Primary, folder: Path, kind: str = "lookup", events: int = EVENTS) -> Stage:
    return Stage(folder, kind, server.url("ledger"), accounts=ACCOUNTS, events=events)


def both(primary: Primary, standby: Standby) -> str:
    """One address, as libpq takes it: the server of the two that is written to."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in (primary, standby))
    return f"postgresql://test@{hosts}/ledger?target_session_attrs=read-write"


def begin(stage: Stage) -> list[Run]:
    """Workers in the middle of the sending."""
    stage.be_born()
    stage.slow_down(0.2, 0.4)
    runs = stage.workers(WORKERS)
    await_(lambda: all(run.started or not run.alive() for run in runs), stage.open_stories)
    demand_alive(runs)
    await_(lambda: in_the_middle(stage.counts()), stage.open_stories)
    return runs


@contextmanager
def begun_on_both(pair: tuple[Primary, Standby], folder: Path) -> Iterator[tuple[Stage, list[Run]]]:
    """Workers in the middle of the sending, under one address of both servers."""
    with stage_on(pair[0], folder) as stage:
        stage.environ["DATABASE_URL"] = both(*pair)
        yield stage, begin(stage)


def in_the_middle(counts: Mapping[State, int]) -> bool:
    assert counts.get(State.SENT, 0) < ACCOUNTS * EVENTS, "the work was done at once"
    return counts.get(State.SENT, 0) >= ACCOUNTS and counts.get(State.SENDING, 0) > 1


def demand_alive(runs: list[Run]) -> None:
    for run in runs:
        assert run.alive(), run.text()


def promote(standby: Standby, stage: Stage) -> None:
    """The standby is the ledger now, and holds the claim of every request that has left."""
    standby.promote()
    stage.url = driver(standby.url("ledger"))
    time.sleep(A_WHILE)
    assert not forgotten(stage)


def may_lag(stage: Stage) -> bool:
    """What `doctor` asks."""
    with closing(stage.ledger) as ledger:
        return ledger.has_lagging_standby()


def forgotten(stage: Stage) -> list[str]:
    """What is on its server, and of whose claim the ledger knows nothing."""
    untried = {str(one.key) for one in stage._deliveries() if one.state in UNTRIED}
    return [key for key in stage.posted() if key in untried]


def end(stage: Stage, runs: list[Run]) -> None:
    """The very same workers post everything, once, and stop as usual."""
    demand_alive(runs)
    await_(stage.settled, stage.open_stories, 60)
    for run in runs:
        run.signal(signal.SIGTERM)
    for run in runs:
        assert run.wait(20) == 0, run.text()
    stage.verify()
    stage.verify_history()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_failover_while_sending_is_followed_through_the_file_of_the_address(
    kind: str, pair: tuple[Primary, Standby], tmp_path: Path
) -> None:
    primary, standby = pair
    file = tmp_path / "address"
    file.write_text(primary.url("ledger"), encoding="utf-8")
    with stage_on(primary, tmp_path, kind) as stage:
        del stage.environ["DATABASE_URL"]
        stage.environ["DATABASE_URL_FILE"] = str(file)
        runs = begin(stage)
        primary.crash()
        file.write_text(HALF_WRITTEN, encoding="utf-8")
        promote(standby, stage)
        assert stage.counts().get(State.SENDING), "the crash found nothing under way"
        assert not stage.settled()
        file.write_text(standby.url("ledger"), encoding="utf-8")
        end(stage, runs)
    for run in runs:
        assert "the ledger has moved to another address" in run.text()


@pytest.mark.slow
def test_a_failover_while_sending_is_followed_by_an_address_of_both_servers(
    pair: tuple[Primary, Standby], tmp_path: Path
) -> None:
    primary, standby = pair
    with begun_on_both(pair, tmp_path) as (stage, runs):
        primary.crash()
        time.sleep(A_WHILE)
        promote(standby, stage)
        end(stage, runs)
    for run in runs:
        assert "nothing is posted" in run.text(), "it noticed nothing of the outage"


@pytest.mark.slow
def test_an_old_primary_that_comes_back_beside_the_new_one_gets_nothing_sent(
    pair: tuple[Primary, Standby], tmp_path: Path
) -> None:
    primary, standby = pair
    with begun_on_both(pair, tmp_path) as (stage, runs):
        primary.crash()
        primary.start()
        await_(lambda: primary.waiting_commits() > 0, stage.open_stories)
        promote(standby, stage)
        assert not stage.settled()
        primary.crash()
        end(stage, runs)


@pytest.mark.slow
def test_no_request_leaves_before_its_claim_is_on_the_standby(
    pair: tuple[Primary, Standby], tmp_path: Path
) -> None:
    primary, standby = pair
    with stage_on(primary, tmp_path, events=2) as stage:
        stage.be_born()
        assert not may_lag(stage)
        receiver = standby.receiver
        receiver.suspend()
        runs = stage.workers(WORKERS)
        await_(lambda: primary.waiting_commits() == WORKERS, runs[0].text)
        time.sleep(A_WHILE)
        assert not stage.posted()
        receiver.resume()
        end(stage, runs)


@pytest.mark.slow
def test_what_a_lagging_standby_never_heard_of_is_recovered_and_goes_out_no_second_time(
    tmp_path: Path,
) -> None:
    with postgres_pair(synchronous=False) as (primary, standby):
        primary.create("ledger")
        with stage_on(primary, tmp_path) as stage:
            runs = begin(stage)
            assert may_lag(stage)
            primary.sender.suspend()
            time.sleep(TICK)
            primary.crash()
            for run in runs:
                run.signal(signal.SIGTERM)
                assert run.wait(20) == 0, run.text()
            standby.promote()
            stage.url = driver(standby.url("ledger"))
            assert forgotten(stage), "the standby had heard of everything"
            stage.environ["DATABASE_URL"] = standby.url("ledger")
            recovery = stage.start("recover", "--days", "2")
            assert recovery.wait() == 0, recovery.text()
            assert not forgotten(stage)
            stage.finish()
            stage.verify()
