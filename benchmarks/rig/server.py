"""A loopback server that takes posts, answers each after LATENCY seconds, and counts them all.

    python -m benchmarks.rig.server LATENCY

Prints its port. It knows no idempotency keys: every POST makes a post, so that a double shows.

    POST /posts {"key": ...}   a post, counted when it arrives; answers {"id": ...}
    GET  /posts/KEY            200 or 404, at once
    GET  /gate/N               answers when N clients wait here, so that N workers begin together
    GET  /count                how many posts there are
    GET  /stats                {"first": s, "last": s, "most": n, "posts": {key: count}}
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class PostLog:
    """All that was posted. `first` and `last` are monotonic seconds; `most` were open at once."""

    latency: float
    posts: Counter[str] = field(default_factory=Counter)
    total: int = 0
    first: float = 0.0
    last: float = 0.0
    now: int = 0
    most: int = 0
    waiting: list[PostProtocol] = field(default_factory=list)

    def count_post(self, key: str) -> None:
        """Count one post."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.posts[key] += 1
        self.total += 1
        self.now += 1
        self.most = max(self.most, self.now)

    def get_stats(self) -> dict[str, object]:
        """What `/stats` answers."""
        return {
            "first": self.first,
            "last": self.last,
            "most": self.most,
            "posts": self.posts,
        }


class PostProtocol(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, board: PostLog) -> None:
        self._board = board
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take a request in as soon as it is whole."""
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if end and len(body) >= _content_length(head):
            self._buffer = b""
            method, path, _rest = head.split(b" ", 2)
            self._handle_request(method, path.decode(), body)

    def _handle_request(self, method: bytes, path: str, body: bytes) -> None:
        board = self._board
        if method == b"POST":
            key = json.loads(body)["key"]
            board.count_post(key)
            self._reply_later(board.latency, {"id": f"{board.total}"})
        elif path.startswith("/posts/"):
            found = path.removeprefix("/posts/") in board.posts
            self.send_reply({}, 200 if found else 404)
        elif path.startswith("/gate/"):
            self._wait_at_gate(int(path.removeprefix("/gate/")))
        else:
            self.send_reply(board.total if path == "/count" else board.get_stats())

    def _reply_later(self, seconds: float, answer: object) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._finish_request, answer)
        else:
            self._finish_request(answer)

    def _finish_request(self, answer: object) -> None:
        self._board.now -= 1
        self.send_reply(answer)

    def _wait_at_gate(self, number: int) -> None:
        self._board.waiting.append(self)
        if len(self._board.waiting) >= number:
            for one in self._board.waiting:
                one.send_reply({})
            self._board.waiting.clear()

    def send_reply(self, answer: object, status: int = 200) -> None:
        """Send one answer, unless the other side has gone."""
        content = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} Yes\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        if self._transport and not self._transport.is_closing():
            self._transport.write(head + content)


def _content_length(head: bytes) -> int:
    _before, found, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0]) if found else 0


async def serve(latency: float) -> None:
    """Serve until killed."""
    board = PostLog(latency)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: PostProtocol(board), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
