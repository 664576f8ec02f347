"""Stopped by a host: SIGTERM, SIGINT, a deploy that overlaps; while sending and while hanging."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.testing.http_server import Fault
from tests.fakes.bot_process import ROOT
from tests.fakes.crash_harness import CrashHarness, wait_until
from tests.fakes.server_process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.testing.http_server import Request

SOON = 25.0
"""Seconds in which a stop must be over: hosts give 30, and a hanging request takes 120."""
HANGS = {"acted": Fault(hang=True, acted=True), "not acted": Fault(hang=True)}


def is_sending(harness: CrashHarness) -> bool:
    return harness.count_states().get(State.SENDING, 0) > 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_stop_while_sending_lets_the_requests_end_and_leaves_nothing_in_doubt(
    kind: str, number: signal.Signals, database: str | None, tmp_path: Path
) -> None:
    with CrashHarness(tmp_path, kind, database, accounts=3, events=6) as harness:
        harness.create_old_ledger()
        harness.set_latency(0.2, 0.4)
        run = harness.start_bot("run", environ={"PERIHELION_LEASE": "120"})
        wait_until(lambda: is_sending(harness), run.read_output)
        run.send_signal(number)
        assert run.wait(SOON) == 0, run.read_output()
        assert set(harness.count_states()) <= {State.DUE, State.WAITING, State.SENT}
        harness.run_until_settled()
        assert set(harness.verify_deliveries()) == {State.SENT}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hang", "number"), list(zip(HANGS, [signal.SIGTERM, signal.SIGINT], strict=True))
)
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_stop_while_the_server_hangs_says_that_nobody_knows(
    kind: str, hang: str, number: signal.Signals, tmp_path: Path
) -> None:
    with CrashHarness(tmp_path, kind, None, accounts=2, events=2) as harness:
        harness.create_old_ledger()
        for server in harness.servers.values():
            server.break_next(HANGS[hang], lambda request: request.method == "POST")
        run = harness.start_bot("run", environ={"PERIHELION_LEASE": "120"})
        wait_until(
            lambda: all(count_posts(server.requests) for server in harness.servers.values()),
            run.read_output,
        )
        asked = time.monotonic()
        run.send_signal(number)
        assert run.wait(SOON) == 0, run.read_output()
        assert time.monotonic() - asked < SOON
        doubtful = State.HELD if kind == "none" else State.UNKNOWN
        assert harness.count_states() == {State.DUE: 2, doubtful: 2}
        harness.run_until_settled()
        states = harness.verify_deliveries()
        assert states[State.HELD] == (2 if kind == "none" else 0)


def count_posts(requests: list[Request]) -> int:
    return sum(request.method == "POST" for request in requests)


class HonchoDeployment:
    """`honcho start worker` on the repository's own Procfile, as a host runs it."""

    def __init__(self, harness: CrashHarness, output: Path) -> None:
        honcho = Path(sys.executable).parent / "honcho"
        path = f"{honcho.parent}{os.pathsep}{harness.environ['PATH']}"
        self.process = ServerProcess(
            [str(honcho), "-f", str(ROOT / "Procfile"), "start", "worker"],
            output,
            cwd=ROOT,
            env=harness.environ | {"PATH": path, "PERIHELION_LEASE": "120"},
        )

    def has_logged(self, event: str) -> bool:
        return f'"event": "{event}"' in self.process.read_log()

    def stop(self) -> float:
        """Seconds until it was over, and its program too."""
        start = time.monotonic()
        self.process.stop()
        return time.monotonic() - start


@pytest.fixture
def deployments() -> Iterator[list[HonchoDeployment]]:
    """Everything that was deployed, taken down at the end."""
    running: list[HonchoDeployment] = []
    yield running
    for one in running:
        one.stop()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_an_overlapping_deploy_through_the_procfile_doubles_and_loses_nothing(
    kind: str, database: str | None, tmp_path: Path, deployments: list[HonchoDeployment]
) -> None:
    with CrashHarness(tmp_path, kind, database, accounts=3, events=20) as harness:
        harness.create_old_ledger()
        harness.set_latency(0.1, 0.3)
        for name in ("old", "new"):
            deployments.append(HonchoDeployment(harness, tmp_path / f"{name}.log"))
            old = deployments[0]
            old.process.wait_until_ready(lambda: deployments[0].has_logged("sent"))
        new = deployments[1]
        new.process.wait_until_ready(lambda: new.has_logged("started"))
        old.process.wait_until_ready(lambda: is_sending(harness))
        assert old.stop() < SOON
        assert old.has_logged("stopped"), "it ended by itself, and was not killed"
        assert harness.list_in_doubt() == []
        wait_until(harness.is_settled, new.process.read_log)
        assert new.stop() < SOON
        assert set(harness.verify_deliveries()) == {State.SENT}
        harness.verify_history()
        assert new.has_logged("sent"), "the deploy came too late"


@pytest.mark.slow
def test_a_plain_python_bot_py_killed_while_sending_posts_everything_once(tmp_path: Path) -> None:
    with CrashHarness(tmp_path, "lookup", None, accounts=2, events=6) as harness:
        harness.create_old_ledger()
        harness.set_latency(0.1, 0.3)
        command = [sys.executable, "bot.py", "run"]
        for _ in range(3):
            process = ServerProcess(command, tmp_path / "log", cwd=ROOT, env=harness.environ)
            process.wait_until_ready(lambda: is_sending(harness))
            process.kill()
            assert is_sending(harness), "killed while sending"
        harness.run_until_settled()
        assert set(harness.verify_deliveries()) == {State.SENT}
