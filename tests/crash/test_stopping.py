"""Stopped by a host: SIGTERM, SIGINT, a deploy that overlaps; while sending and while hanging."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.testing.http_server import Fault
from tests.fakes.program import ROOT
from tests.fakes.stage import Stage, await_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.testing.http_server import Request

SOON = 10.0
"""Seconds in which a stop must be over: what hosts give."""
HANGS = {"acted": Fault(hang=True, acted=True), "not acted": Fault(hang=True)}


def sending(stage: Stage) -> bool:
    return stage.counts().get(State.SENDING, 0) > 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_stop_while_sending_lets_the_requests_end_and_leaves_nothing_in_doubt(
    kind: str, number: signal.Signals, database: str | None, tmp_path: Path
) -> None:
    with Stage(tmp_path, kind, database, accounts=3, events=6) as stage:
        stage.be_born()
        stage.slow_down(0.2, 0.4)
        run = stage.start("run", environ={"PERIHELION_LEASE": "120"})
        await_(lambda: sending(stage), run.text)
        run.signal(number)
        assert run.wait(SOON) == 0, run.text()
        assert set(stage.counts()) <= {State.DUE, State.WAITING, State.SENT}
        stage.finish()
        assert set(stage.verify()) == {State.SENT}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hang", "number"), list(zip(HANGS, [signal.SIGTERM, signal.SIGINT], strict=True))
)
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_stop_while_the_server_hangs_says_that_nobody_knows(
    kind: str, hang: str, number: signal.Signals, tmp_path: Path
) -> None:
    with Stage(tmp_path, kind, None, accounts=2, events=2) as stage:
        stage.be_born()
        for server in stage.servers.values():
            server.break_next(HANGS[hang], lambda request: request.method == "POST")
        run = stage.start("run", environ={"PERIHELION_LEASE": "120"})
        await_(lambda: all(posts(server.requests) for server in stage.servers.values()), run.text)
        asked = time.monotonic()
        run.signal(number)
        assert run.wait(20) == 0, run.text()
        assert time.monotonic() - asked < SOON
        doubtful = State.HELD if kind == "none" else State.UNKNOWN
        assert stage.counts() == {State.DUE: 2, doubtful: 2}
        stage.finish()
        states = stage.verify()
        assert states[State.HELD] == (2 if kind == "none" else 0)


def posts(requests: list[Request]) -> int:
    return sum(request.method == "POST" for request in requests)


class Deployed:
    """`honcho start worker` on the repository's own Procfile, as a host runs it."""

    def __init__(self, stage: Stage, output: Path) -> None:
        self.output = output
        honcho = Path(sys.executable).parent / "honcho"
        path = f"{honcho.parent}{os.pathsep}{stage.environ['PATH']}"
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [honcho, "-f", ROOT / "Procfile", "start", "worker"],
                cwd=ROOT,
                env=stage.environ | {"PATH": path, "PERIHELION_LEASE": "120"},
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def has_sent(self) -> bool:
        return '"event": "sent"' in self.text

    def stop(self) -> float:
        """Seconds until it was over, and its program too."""
        start = time.monotonic()
        self.process.terminate()
        self.process.wait(20)
        return time.monotonic() - start

    def discard(self) -> None:
        """Whatever became of the test: nothing is left running."""
        if self.process.poll() is None:
            self.stop()


@pytest.fixture
def deploys() -> Iterator[list[Deployed]]:
    """Everything that was deployed, taken down at the end."""
    running: list[Deployed] = []
    yield running
    for one in running:
        one.discard()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_an_overlapping_deploy_through_the_procfile_doubles_and_loses_nothing(
    kind: str, database: str | None, tmp_path: Path, deploys: list[Deployed]
) -> None:
    with Stage(tmp_path, kind, database, accounts=3, events=20) as stage:
        stage.be_born()
        stage.slow_down(0.1, 0.3)
        for name in ("old", "new"):
            deploys.append(Deployed(stage, tmp_path / f"{name}.log"))
            old = deploys[0]
            await_(old.has_sent, lambda: deploys[0].text)
        new = deploys[1]
        await_(lambda: '"started"' in new.text, lambda: new.text)
        await_(lambda: sending(stage), lambda: old.text)
        assert old.stop() < SOON
        assert '"stopped"' in old.text, "it ended by itself, and was not killed"
        assert not {State.UNKNOWN, State.HELD} & set(stage.counts())
        await_(stage.settled, lambda: new.text)
        assert new.stop() < SOON
        assert set(stage.verify()) == {State.SENT}
        stage.verify_history()
        assert new.has_sent(), "the deploy came too late"


@pytest.mark.slow
def test_a_plain_python_bot_py_killed_while_sending_posts_everything_once(tmp_path: Path) -> None:
    with Stage(tmp_path, "lookup", None, accounts=2, events=6) as stage:
        stage.be_born()
        stage.slow_down(0.1, 0.3)
        command = [sys.executable, "bot.py", "run"]
        for _ in range(3):
            process = subprocess.Popen(command, cwd=ROOT, env=stage.environ, stderr=subprocess.PIPE)
            await_(lambda: sending(stage))
            process.kill()
            process.communicate()
            assert sending(stage), "killed while sending"
        stage.finish()
        assert set(stage.verify()) == {State.SENT}
