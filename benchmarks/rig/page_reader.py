"""Reads pages over kept connections with as little work as possible: the server is measured."""

from __future__ import annotations

import re
import socket
import threading
import time

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")


def read_page(connection: socket.socket, request: bytes) -> bytes:
    """The answer's body. Raises ValueError unless it is a 200 with a length."""
    connection.sendall(request)
    data = connection.recv(65_536)
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    found = _LENGTH.search(head + b"\r\n")
    if found is None or b" 200 " not in head[:20]:
        raise ValueError(f"not a page with a length: {head[:200]!r}")
    while len(body) < int(found[1]):
        body += connection.recv(65_536)
    return body


def make_request(path: str) -> bytes:
    """A request for a page over a connection that is kept."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def read_pages(port: int, path: str, seconds: float, connections: int) -> int:
    """How many pages were read, over so many connections at once."""
    request, end = make_request(path), time.monotonic() + seconds
    counts = [0] * connections

    def read_until_end(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port), 30) as connection:
            while time.monotonic() < end:
                read_page(connection, request)
                counts[number] += 1

    threads = [
        threading.Thread(target=read_until_end, args=(number,)) for number in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)
