"""The small HTTP server that tests talk to: what breaks in the test's own application is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from perihelion.testing.http_server import FakeServer

if TYPE_CHECKING:
    from perihelion.testing.http_server import Reply, Request


def test_an_error_in_the_application_is_shown_and_a_client_that_leaves_is_not(
    capfd: pytest.CaptureFixture[str],
) -> None:
    errors = iter([BrokenPipeError("the client has left"), KeyError("no such route")])

    def fail(_request: Request) -> Reply:
        raise next(errors)

    with FakeServer(fail) as server:
        for _ in range(2):
            with pytest.raises(requests.ConnectionError):
                requests.get(server.url, timeout=20)
    shown = capfd.readouterr().err
    assert "KeyError: 'no such route'" in shown
    assert "the client has left" not in shown
