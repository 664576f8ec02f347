"""Outbound proxies in front of a server on loopback: HTTP with CONNECT, and SOCKS5.

Once a tunnel stands, it forwards as FaultProxy does, with all of its modes. For plain HTTP, a
FakeServer is its own proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.fault_proxy import FaultProxy

if TYPE_CHECKING:
    import socket
    import ssl

CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
SOCKS_ANSWERS = (b"\x05\x00", b"\x05\x00\x00\x01" + bytes(6))
SOCKS_REFUSAL = (b"\x05\x00", b"\x05\x02\x00\x01" + bytes(6))


class ConnectProxy(FaultProxy):
    """Answers each CONNECT with `answer`, a byte every `drip` seconds if that is not 0.

    Whatever host is asked for, a tunnel leads to the one server.
    """

    answer = CONNECTED
    drip = 0.0
    tls: ssl.SSLContext | None = None
    """If the proxy itself is reached by HTTPS."""

    def _serve_client(self, client: socket.socket, name: str, argument: str) -> None:
        if self.tls is not None:
            client = self.tls.wrap_socket(client, server_side=True)
            self._sockets.append(client)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            received = client.recv(1)
            if not received:
                return
            head += received
        if self.drip:
            for byte in self.answer:
                client.sendall(bytes([byte]))
                self._closing.wait(self.drip)
        else:
            client.sendall(self.answer)
        if self.answer == CONNECTED:
            super()._serve_client(client, name, argument)
        else:
            client.close()


class SocksProxy(FaultProxy):
    """A SOCKS5 proxy without a password; `answers` go out one by one."""

    answers = SOCKS_ANSWERS

    def _serve_client(self, client: socket.socket, name: str, argument: str) -> None:
        for answer in self.answers:
            client.recv(600)
            client.sendall(answer)
        if self.answers == SOCKS_ANSWERS:
            super()._serve_client(client, name, argument)
        else:
            client.close()
