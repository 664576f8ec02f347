"""A TCP proxy that breaks connections on purpose, in front of any server on loopback.

Modes: pass, refuse, rst_after_request, eof_after_request, cut_response:N, delay:S, blackhole,
drop_request, cut_request:N. After `*_after_request` and `cut_response` the server has acted, and
the client does not get the (whole) answer; `drop_request` reads what comes and hangs up. What a
client shows does not tell which of them it was.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

_LINGER = struct.pack("ii", 1, 0)


class FaultProxy:
    """Listens on `.url` before the server at host and port; `mode` may change in between.

    `times`: break only the first so many connections. `seen` lists each connection's mode.
    """

    def __init__(self, host: str, port: int, mode: str = "pass", times: int | None = None) -> None:
        self.upstream, self.mode, self.times = (host, port), mode, times
        self.modes_used: list[str] = []
        self._sockets: list[socket.socket] = []
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept_connections, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """Stop listening and let go of every connection."""
        self._closing.set()
        for one in (self._listener, *self._sockets):
            _shut_down_socket(one)
        for thread in self._threads:
            thread.join(5)
        for one in (self._listener, *self._sockets):
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _accept_connections(self) -> None:
        with suppress(OSError):
            while not self._closing.is_set():
                client, _address = self._listener.accept()
                self._sockets.append(client)
                self._start_thread(self._serve_client, client, *self._next_mode())

    def _start_thread(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=_run_ignoring_errors, args=(run, *arguments), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _next_mode(self) -> tuple[str, str]:
        mode = self.mode
        if self.times is not None:
            mode, self.times = (mode, self.times - 1) if self.times > 0 else ("pass", 0)
        self.modes_used.append(mode)
        name, _, argument = mode.partition(":")
        return name, argument

    def _serve_client(self, client: socket.socket, name: str, argument: str) -> None:
        if name == "refuse":
            _reset_connection(client)
        elif name == "blackhole":
            self._closing.wait()
        elif name == "drop_request":
            client.recv(65536)
            _shut_down_socket(client)
        else:
            server = socket.create_connection(self.upstream)
            self._sockets.append(server)
            most = int(argument) if name == "cut_request" else None
            self._start_thread(self._forward_request, client, server, most)
            self._forward_response(server, client, name, argument)

    def _forward_request(
        self, client: socket.socket, server: socket.socket, most: int | None
    ) -> None:
        sent = 0
        while data := client.recv(65536):
            if most is not None and sent + len(data) > most:
                server.sendall(data[: most - sent])
                _shut_down_socket(server)
                _reset_connection(client)
                return
            server.sendall(data)
            sent += len(data)
        server.shutdown(socket.SHUT_WR)

    def _forward_response(
        self, server: socket.socket, client: socket.socket, name: str, argument: str
    ) -> None:
        sent = 0
        while data := server.recv(65536):
            if name == "delay" and self._closing.wait(float(argument)):
                break
            if name == "eof_after_request":
                break
            room = len(data)
            if name in {"rst_after_request", "cut_response"}:
                room = int(argument or 0) - sent
            client.sendall(data[:room])
            sent += len(data)
            if room < len(data):
                _reset_connection(client)
        _shut_down_socket(client)


def _run_ignoring_errors(run: Callable[..., None], *arguments: object) -> None:
    """A connection that breaks is what this is for."""
    with suppress(OSError):
        run(*arguments)


def _shut_down_socket(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def _reset_connection(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RD)  # or a thread that reads from it would keep it open
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    one.close()
