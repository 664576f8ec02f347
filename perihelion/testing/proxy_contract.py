"""What every network must do behind an outbound proxy: what left decides (rule 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import NotSent, OutcomeUnknown
from perihelion.testing.cases import HttpCase, expect_failure, make_post
from perihelion.testing.contract_fixtures import HttpCaseFixtures
from perihelion.testing.faults import LOST_ANSWERS
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import TOKEN

if TYPE_CHECKING:
    from perihelion.networks.base import Network

CLIENT = (
    "Send each request through `HttpClient` of perihelion.networks.shared.http_client: it decides "
    "by the bytes that have left, and not by the name of an exception."
)


class ProxyContract(HttpCaseFixtures):
    """For every network behind an HTTP server."""

    @pytest.fixture
    def proxied(self, wire: HttpCase, monkeypatch: pytest.MonkeyPatch) -> None:
        """The adapter reaches the server through a proxy; the fake server is its own."""
        set_proxy(monkeypatch, wire.server.url)

    @pytest.mark.usefixtures("proxied")
    def test_a_proxy_that_cuts_after_the_post_went_through_is_unknown(
        self, wire: HttpCase, network: Network
    ) -> None:
        wire.server.break_next(LOST_ANSWERS["cut before the answer"], wire.is_create)
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        if not isinstance(error, OutcomeUnknown):
            pytest.fail(f"{error!r}, but the post went through the proxy. {CLIENT}")
        assert len(wire.list_create_requests()) == 1

    @pytest.mark.usefixtures("proxied")
    def test_a_proxy_that_wants_a_password_is_not_sent(
        self, wire: HttpCase, network: Network
    ) -> None:
        wire.server.break_next(Fault(Reply(407, body=b"<html>who?</html>")), wire.is_create)
        assert isinstance(
            expect_failure(wire, lambda: network.publish(make_post(), TOKEN)), NotSent
        )

    def test_a_proxy_that_does_not_answer_is_not_sent(
        self, wire: HttpCase, network: Network, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_proxy(monkeypatch, "http://127.0.0.1:1")  # nothing listens there
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, NotSent)
        assert wire.list_create_requests() == []


def set_proxy(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let every request to a plain HTTP server go through the proxy at `url`."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", url)
