"""Where alerts go to."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from perihelion.networks.base import Secret
from perihelion.testing.http_server import FakeServer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.testing.http_server import Request


class Pager:
    """Takes alerts over HTTP; `status` is what it answers, `came` is set by the first one."""

    def __init__(self) -> None:
        self.status = 200
        self.came = Event()
        self.server = FakeServer(self._take)

    def _take(self, _request: Request) -> Reply:
        self.came.set()
        return Reply(self.status, {})

    @property
    def address(self) -> Secret:
        return Secret(self.server.url.replace("http://", "json://") + "/hunter22")

    @property
    def environ(self) -> dict[str, str]:
        return {"PERIHELION_ALERTS": self.address.reveal()}

    @property
    def alert_titles(self) -> list[str]:
        return [request.json["title"] for request in self.server.requests]


@pytest.fixture
def pager() -> Iterator[Pager]:
    made = Pager()
    yield made
    made.server.close()
