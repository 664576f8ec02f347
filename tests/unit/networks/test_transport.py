"""What requests and sockets really do, and how each is sorted."""

from __future__ import annotations

import logging
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import NotSent, OutcomeUnknown
from perihelion.networks.shared.http_client import HttpClient
from perihelion.testing.contexts import make_context
from perihelion.testing.faults import MAX_SECONDS
from perihelion.testing.http_server import FakeServer, Fault, Reply, Request
from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.server_process import port_of, reserve_port

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "bot123:the-secret-in-the-path"


def make_wire(patience: float = 10) -> HttpClient:
    return HttpClient(make_context("fake", {}, patience=patience), secrets=(SECRET,))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda _request: Reply(200, {"id": "1", "more": "x" * 2000})) as made:
        yield made


def send_post(wire: HttpClient, url: str) -> object:
    return wire.request("the post", "POST", url, json={"text": "x" * 500})


def match_any(_request: Request) -> bool:
    return True


@pytest.mark.parametrize(
    ("mode", "arrives"),
    [
        ("rst_after_request", True),
        ("eof_after_request", True),
        ("cut_response:20", True),
        ("cut_response:600", True),
        ("cut_request:50", False),
        ("blackhole", False),
        ("delay:60", True),
    ],
)
def test_a_connection_that_breaks_is_unknown_whether_or_not_the_request_arrived(
    server: FakeServer,
    mode: str,
    arrives: bool,  # noqa: FBT001 - a table's column
) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with FaultProxy(host, int(port), mode) as proxy, pytest.raises(OutcomeUnknown):
        send_post(make_wire(patience=2), f"{proxy.url}/post")
    assert len(proxy.modes_used) == 1
    assert len(server.requests) == int(arrives)


def test_a_connection_reset_at_once_is_never_sent_again(server: FakeServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with FaultProxy(host, int(port), "refuse") as proxy:
        with pytest.raises((NotSent, OutcomeUnknown)):
            send_post(make_wire(), f"{proxy.url}/post")
        assert len(proxy.modes_used) == 1
    assert server.requests == []


def test_a_whole_exchange_gives_the_answer(server: FakeServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with FaultProxy(host, int(port)) as proxy:
        answer = make_wire().request("the post", "POST", f"{proxy.url}/post")
    assert answer.get_text("id") == "1"


@pytest.mark.parametrize("half", [b"\\ud83d", b"\\u0000", b"\xed\xa0\x80"])
def test_what_no_database_keeps_does_not_get_in(half: bytes) -> None:
    """Half a character, or a NUL, in an answer would fail only where it is written down."""
    body = b'{"id": "1", "error": ["%s"]}' % half
    with FakeServer(lambda _request: Reply(200, body=body)) as server:
        answer = make_wire().request("the post", "POST", server.url)
    assert answer.data["error"][0].isprintable()


def test_no_address_is_not_sent() -> None:
    cause = r"no connection to does-not-exist\.invalid \(the name does not resolve\)"
    with pytest.raises(NotSent, match=cause):
        send_post(make_wire(), "http://does-not-exist.invalid/")


def test_a_refused_connection_is_not_sent() -> None:
    with reserve_port() as unused:
        port = port_of(unused)
        cause = rf"the post: no connection to 127\.0\.0\.1:{port} \(connection refused\)$"
        with pytest.raises(NotSent, match=cause):
            send_post(make_wire(), f"http://127.0.0.1:{port}/{SECRET}")


def test_a_connect_timeout_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fill = [socket.socket() for _ in range(4)]
        for one in fill:
            one.setblocking(False)  # noqa: FBT003 - the socket's own call
            one.connect_ex(address)
        with pytest.raises(NotSent, match="timed out"):
            send_post(make_wire(patience=1), f"http://127.0.0.1:{address[1]}/")
        for one in fill:
            one.close()


def test_a_server_without_tls_is_not_sent(server: FakeServer) -> None:
    with pytest.raises(NotSent, match=r"no connection .*TLS failed"):
        send_post(make_wire(), server.url.replace("http://", "https://"))
    assert server.requests == []


def test_an_impossible_url_is_not_sent() -> None:
    for url in ("nonsense", "http://", "gopher://example.org", "http://[::1"):
        with pytest.raises(NotSent):
            send_post(make_wire(), url)


def test_a_dripping_answer_ends_at_the_deadline(server: FakeServer) -> None:
    server.break_next(Fault(drip=0.5), match_any)
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        send_post(make_wire(patience=2), server.url)
    assert time.monotonic() - begun < MAX_SECONDS


def test_an_answer_without_end_is_not_read_to_it(server: FakeServer) -> None:
    server.break_next(Fault(Reply(200, body=b" " * 9_000_000)), match_any)
    with pytest.raises(OutcomeUnknown, match="ResponseTooLarge"):
        send_post(make_wire(), server.url)


def test_a_server_that_does_not_read_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            make_wire(patience=2).request("upload", "POST", url, data=b"x" * 20_000_000)
        assert time.monotonic() - begun < MAX_SECONDS


def test_what_an_answer_leaves_behind_is_never_taken_for_the_next_ones(
    server: FakeServer,
) -> None:
    stray = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"id": "no"}'
    server.break_next(Fault(Reply(204, body=stray)), match_any)
    wire = make_wire()
    wire.request("first", "POST", server.url)
    assert wire.request("second", "POST", server.url).get_text("id") == "1"


def test_no_redirect_is_followed(server: FakeServer) -> None:
    for status in (301, 302, 303, 307, 308):
        reply = Reply(status, {}, headers={"Location": f"{server.url}/elsewhere"})
        server.break_next(Fault(reply), match_any)
        with pytest.raises((NotSent, OutcomeUnknown)):
            send_post(make_wire(), server.url)
    assert len(server.requests) == 5


def test_a_password_file_is_never_asked(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w", encoding="utf-8") as file:  # noqa: PTH123 - tmp_path is an object here
        file.write("default login me password hidden\n")
    monkeypatch.setenv("NETRC", netrc)
    send_post(make_wire(), server.url)
    assert "authorization" not in server.requests[0].headers


def test_a_secret_in_the_url_shows_nowhere(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire = make_wire()
    send_post(wire, f"{server.url}/{SECRET}/send")
    server.close()
    with pytest.raises(NotSent) as caught:
        send_post(wire, f"{server.url}/{SECRET}/send")
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value)
    assert SECRET not in caplog.text


def test_a_library_that_fails_after_the_answer_does_not_hide_it(server: FakeServer) -> None:
    wire = make_wire()

    def post_and_raise() -> None:
        wire.session.post(server.url)
        raise KeyError("the library tripped over a header")

    assert wire.capture_response("the post", post_and_raise).get_text("id") == "1"


def test_a_library_that_sends_nothing_leaves_nothing_unknown() -> None:
    def raise_bad_argument() -> None:
        raise ValueError(f"bad argument {SECRET}")

    with pytest.raises(NotSent, match="nothing was sent") as caught:
        make_wire().capture_response("the post", raise_bad_argument)
    assert SECRET not in str(caught.value)


def test_sessions_in_threads_keep_their_own_deadlines(server: FakeServer) -> None:
    server.break_next(Fault(hang=True), lambda request: request.path == "/hang")
    ended: list[str] = []

    def wait_for_timeout() -> None:
        with pytest.raises(OutcomeUnknown):
            send_post(make_wire(patience=4), f"{server.url}/hang")
        ended.append("hang")

    thread = threading.Thread(target=wait_for_timeout)
    thread.start()
    for _ in range(5):
        send_post(make_wire(), server.url)
    assert ended == []
    thread.join(MAX_SECONDS)
    assert ended == ["hang"]
