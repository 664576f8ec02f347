"""The small HTTP server that tests talk to: what breaks in the test's own application is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from perihelion.testing.http_server import FakeServer, Fault, Reply

if TYPE_CHECKING:
    from perihelion.testing.http_server import Request


def fail(_request: Request) -> Reply:
    raise KeyError("no such route")


def test_an_error_in_the_application_fails_the_test_that_closes_the_server() -> None:
    server = FakeServer(fail)
    answer = requests.get(server.url, timeout=20)
    assert answer.status_code == 500
    assert "no such route" in answer.text
    with pytest.raises(KeyError, match="no such route"):
        server.close()


def test_an_error_in_the_application_shows_behind_a_fault_too() -> None:
    server = FakeServer(fail)
    server.break_next(Fault(acted=True, cut_after=0), lambda _request: True)
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=20)
    with pytest.raises(KeyError, match="no such route"):
        server.close()


def test_a_client_that_leaves_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    def leave(_request: Request) -> Reply:
        return Reply(200, body=b"x" * 9_000_000)

    with FakeServer(leave) as server, requests.get(server.url, timeout=20, stream=True) as answer:
        assert answer.raw.read(1) == b"x"
    assert capfd.readouterr().err == ""
