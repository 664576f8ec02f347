"""Behind a proxy too, what left decides between "not sent" and unknown, and the deadline holds."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import NotSent, OutcomeUnknown, Rejected
from perihelion.networks.nostr.relay import RelayTimeouts, publish_event
from perihelion.networks.shared.http_client import HttpClient
from perihelion.testing.contexts import make_context
from perihelion.testing.faults import MAX_SECONDS
from perihelion.testing.http_server import FakeServer, Fault, Reply, Request
from tests.fakes.certificate import make_tls
from tests.fakes.nostr_relay import FakeRelay, RelayFault
from tests.fakes.outbound_proxy import CONNECTED, SOCKS_REFUSAL, ConnectProxy, SocksProxy
from tests.fakes.server_process import port_of, reserve_port
from tests.fakes.skip_or_fail import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.model.errors import PublishError
    from perihelion.networks.nostr.events import Event
    from tests.fakes.fault_proxy import FaultProxy

CUT = Fault(acted=True, cut_after=0)
DRIP = Fault(Reply(200, {"id": "1" * 2000}), drip=0.05)
ENDLESS_ANSWER = CONNECTED[:-2] + b"X-Wait: " + b"x" * 2000


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "socks_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """An HTTPS server whose certificate the client trusts."""
    context, certificate = make_tls(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with FakeServer(lambda _request: Reply(200, {"id": "1"}), context) as made:
        yield made


def send_post(url: str, patience: float = 10) -> str:
    client = HttpClient(make_context("fake", {}, patience=patience))
    return client.request("the post", "POST", url, json={"text": "x" * 500}).require_text("id")


def expect_deadline(url: str, error: type[PublishError]) -> None:
    """A request to `url` fails with `error`, and not long after its deadline of a second."""
    begun = time.monotonic()
    with pytest.raises(error, match="timed out"):
        send_post(url, patience=1)
    assert time.monotonic() - begun < MAX_SECONDS


def match_any(_request: Request) -> bool:
    return True


@pytest.fixture
def proxy(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectProxy]:
    """The proxy through which the client reaches `server`."""
    with ConnectProxy("127.0.0.1", port_of_url(server.url)) as made:
        monkeypatch.setenv("https_proxy", made.url)
        yield made


def port_of_url(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_a_tunnel_carries_the_whole_exchange(server: FakeServer, proxy: FaultProxy) -> None:
    assert send_post(server.url) == "1"
    assert proxy.modes_used == ["pass"]


def test_a_cut_after_the_post_went_through_the_tunnel_is_unknown(
    server: FakeServer, proxy: FaultProxy
) -> None:
    server.break_next(CUT, match_any)
    with pytest.raises(OutcomeUnknown, match=r"no complete answer .*connection closed"):
        send_post(server.url)
    assert len(server.requests) == len(proxy.modes_used) == 1


@pytest.mark.parametrize("mode", ["eof_after_request", "rst_after_request", "cut_response:100"])
def test_a_tunnel_that_breaks_before_the_request_is_not_sent(
    server: FakeServer, proxy: FaultProxy, mode: str
) -> None:
    """The server's first bytes belong to the TLS handshake."""
    proxy.mode = mode
    with pytest.raises(NotSent, match="no connection to localhost"):
        send_post(server.url)
    assert server.requests == []


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad Gateway"])
def test_a_proxy_that_refuses_the_tunnel_is_not_sent(
    server: FakeServer, proxy: ConnectProxy, status: str
) -> None:
    proxy.answer = f"HTTP/1.1 {status}\r\n\r\n".encode()
    cause = rf"no connection to localhost:\d+ \(the proxy: answers {status[:3]}\)"
    with pytest.raises(NotSent, match=cause):
        send_post(server.url)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"SSH-2.0-OpenSSH\r\n"])
def test_a_proxy_that_breaks_its_own_answer_is_not_sent(
    server: FakeServer, proxy: ConnectProxy, answer: bytes
) -> None:
    proxy.answer = answer
    with pytest.raises(NotSent, match="no connection"):
        send_post(server.url)
    assert server.requests == []


@pytest.fixture
def https_proxy(
    proxy: ConnectProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ConnectProxy:
    """The proxy, reached by HTTPS."""
    proxy.tls, _ = make_tls(tmp_path)
    monkeypatch.setenv("https_proxy", f"https://localhost:{proxy.port}")
    return proxy


def test_an_answer_that_drips_through_two_layers_of_tls_ends_at_the_deadline(
    server: FakeServer, https_proxy: ConnectProxy
) -> None:
    server.break_next(DRIP, match_any)
    expect_deadline(server.url, OutcomeUnknown)
    assert len(https_proxy.modes_used) == 1


def test_a_cut_behind_a_proxy_that_is_reached_by_https_is_unknown(
    server: FakeServer, https_proxy: ConnectProxy
) -> None:
    assert send_post(server.url) == "1"
    server.break_next(CUT, match_any)
    with pytest.raises(OutcomeUnknown):
        send_post(server.url)
    assert len(server.requests) == len(https_proxy.modes_used) == 2
    https_proxy.answer = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    with pytest.raises(NotSent, match="the proxy: answers 407"):
        send_post(server.url)


def test_a_proxy_that_nobody_runs_is_not_sent(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reserve_port() as unused:
        for name in ("https_proxy", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port_of(unused)}")
        for url in (server.url, "http://localhost:1"):
            with pytest.raises(NotSent, match=r"\(the proxy: connection refused\)"):
                send_post(url)


def test_a_proxy_that_drips_its_answer_ends_at_the_deadline(
    server: FakeServer, proxy: ConnectProxy
) -> None:
    proxy.answer, proxy.drip = ENDLESS_ANSWER, 0.05
    expect_deadline(server.url, NotSent)


def test_an_answer_that_drips_through_a_tunnel_ends_at_the_deadline(
    server: FakeServer, proxy: FaultProxy
) -> None:
    server.break_next(DRIP, match_any)
    expect_deadline(server.url, OutcomeUnknown)
    assert len(proxy.modes_used) == 1


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """An HTTP proxy that answers for every server."""
    with FakeServer(lambda _request: Reply(200, {"id": "1"})) as made:
        monkeypatch.setenv("http_proxy", made.url)
        yield made


def test_a_plain_proxy_that_cuts_after_the_post_is_unknown(plain: FakeServer) -> None:
    plain.break_next(CUT, match_any)
    with pytest.raises(OutcomeUnknown, match=r"no complete answer from api\.invalid"):
        send_post("http://api.invalid/post")
    assert len(plain.requests) == 1


def test_a_plain_proxy_that_wants_a_password_is_not_sent(plain: FakeServer) -> None:
    plain.break_next(Fault(Reply(407, body=b"<html>who?</html>")), match_any)
    with pytest.raises(NotSent, match="407"):
        send_post("http://api.invalid/post")


def test_a_plain_proxy_that_drips_ends_at_the_deadline(plain: FakeServer) -> None:
    plain.break_next(DRIP, match_any)
    expect_deadline("http://api.invalid/post", OutcomeUnknown)


def test_a_second_request_of_a_library_does_not_hide_that_the_first_one_left(
    plain: FakeServer,
) -> None:
    client = HttpClient(make_context("fake", {}))

    def send_twice() -> None:
        with pytest.raises(OSError, match=r"closed|reset"):
            client.session.post("http://api.invalid/post")
        plain.close()
        client.session.post("http://api.invalid/post")

    plain.break_next(CUT, match_any)
    with pytest.raises(OutcomeUnknown):
        client.capture_response("the post", send_twice)


HAS_SOCKS = find_spec("socks") is not None
"""Whether PySocks is installed, which Perihelion does not need otherwise."""


@pytest.fixture
def socks(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[SocksProxy]:
    if not HAS_SOCKS:
        skip_or_fail("PySocks is not installed")
    with SocksProxy("127.0.0.1", port_of_url(server.url)) as made:
        monkeypatch.setenv("all_proxy", f"socks5h://127.0.0.1:{made.port}")
        yield made


def test_a_cut_behind_a_socks_proxy_is_unknown(server: FakeServer, socks: SocksProxy) -> None:
    assert send_post(server.url) == "1"
    server.break_next(CUT, match_any)
    with pytest.raises(OutcomeUnknown):
        send_post(server.url)
    assert len(server.requests) == len(socks.modes_used) == 2


def test_a_socks_proxy_that_refuses_is_not_sent(server: FakeServer, socks: SocksProxy) -> None:
    socks.answers = SOCKS_REFUSAL
    with pytest.raises(NotSent):
        send_post(server.url)


def test_an_answer_that_drips_through_a_socks_proxy_ends_at_the_deadline(
    server: FakeServer, socks: SocksProxy
) -> None:
    server.break_next(DRIP, match_any)
    expect_deadline(server.url, OutcomeUnknown)
    assert len(socks.modes_used) == 1


@pytest.mark.skipif(HAS_SOCKS, reason="PySocks is installed")
def test_a_socks_proxy_without_its_package_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("all_proxy", "socks5h://127.0.0.1:1")
    with pytest.raises(NotSent, match="a SOCKS proxy needs the package PySocks"):
        send_post("http://api.invalid/post")


RELAY = "ws://relay.invalid"
EVENT: Event = {"id": "a" * 64, "content": "Eleven years ago today"}
TIMEOUTS = RelayTimeouts(1, 2)


@pytest.fixture
def relay() -> Iterator[FakeRelay]:
    made = FakeRelay(refusal="invalid: nobody may write").serve()
    yield made
    made.close()


@pytest.fixture
def relay_proxy(relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectProxy]:
    with ConnectProxy("127.0.0.1", port_of_url(relay.url)) as made:
        monkeypatch.setenv("http_proxy", made.url)
        yield made


def test_a_relay_is_reached_through_a_proxy(relay: FakeRelay, relay_proxy: FaultProxy) -> None:
    assert type(publish_event(RELAY, EVENT, TIMEOUTS)) is Rejected
    assert relay.offered_events() == [EVENT]
    assert relay_proxy.modes_used == ["pass"]


def test_a_relay_cut_after_the_note_went_through_a_proxy_is_unknown(
    relay: FakeRelay, relay_proxy: FaultProxy
) -> None:
    relay.break_next("EVENT", RelayFault(cut=True))
    assert type(publish_event(RELAY, EVENT, TIMEOUTS)) is OutcomeUnknown
    assert len(relay_proxy.modes_used) == 1


def test_a_proxy_that_refuses_a_relay_is_not_sent(
    relay: FakeRelay, relay_proxy: ConnectProxy
) -> None:
    relay_proxy.answer = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    error = publish_event(RELAY, EVENT, TIMEOUTS)
    assert type(error) is NotSent
    assert "the proxy: answers 407" in str(error)
    assert relay.received == []


def test_a_proxy_that_drips_before_a_relay_ends_in_time(
    relay: FakeRelay, relay_proxy: ConnectProxy
) -> None:
    relay_proxy.answer, relay_proxy.drip = ENDLESS_ANSWER, 0.05
    begun = time.monotonic()
    assert type(publish_event(RELAY, EVENT, TIMEOUTS)) is NotSent
    assert time.monotonic() - begun < MAX_SECONDS
    assert relay.received == []


def test_a_socks_proxy_without_its_package_does_not_leave_a_note_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("socks_proxy", "socks5h://127.0.0.1:1")
    monkeypatch.setattr("websockets.sync.client.connect_socks_proxy", fail_to_import)
    error = publish_event(RELAY, EVENT, TIMEOUTS)
    assert type(error) is NotSent
    assert "requires python-socks" in str(error)


def fail_to_import(*_arguments: object, **_options: object) -> None:
    raise ImportError("connecting through a SOCKS proxy requires python-socks")
