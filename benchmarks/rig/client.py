"""The one way to the server, the same for everybody who is measured."""

from __future__ import annotations

import http.client
import json
import re
import threading
from pathlib import Path
from typing import Any

TEXT = "11 years ago today: an event takes place, and this post tells of it. " * 3
"""What everybody's posts say."""


class PostClient:
    """Requests over one persistent connection per thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._own = threading.local()

    def post(self, key: str, text: str = TEXT) -> str:
        """Make one post; returns its id."""
        body = json.dumps({"key": key, "text": text})
        identity: str = self._send_request("POST", "/posts", body)[1]["id"]
        return identity

    def has_post(self, key: str) -> bool:
        """Whether the server holds a post with this key."""
        return self._send_request("GET", f"/posts/{key}")[0] == 200

    def pass_gate(self, number: int) -> None:
        """Wait until `number` clients wait here."""
        self._send_request("GET", f"/gate/{number}")

    def count_posts(self) -> int:
        """How many posts there are."""
        count: int = self._send_request("GET", "/count")[1]
        return count

    def get_stats(self) -> dict[str, Any]:
        """Everything the server knows."""
        stats: dict[str, Any] = self._send_request("GET", "/stats")[1]
        return stats

    def _send_request(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port)
            self._own.connection = connection
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def peak_mb() -> float:
    """The most memory that this process ever had resident, in MB (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024
