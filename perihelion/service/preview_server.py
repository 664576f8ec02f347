"""A page on this machine alone, which loads itself again when there is another one."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition

from perihelion.model.errors import UsageError

_LOOPBACK = "127.0.0.1"
_KEEP_ALIVE_SECONDS = 15.0
"""How often a page that waits for a change is sent a line, so that a closed one is noticed."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


class PreviewServer(ThreadingHTTPServer):
    """Serves `/`, and `/changes` with a number for each version of it. Safe in threads."""

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, port: int) -> None:
        """Listen on `port` of the loopback address; 0 is a free one. Raises UsageError."""
        self._changed = Condition()
        self._page, self._version = b"", 0
        try:
            super().__init__((_LOOPBACK, port), _Handler)
        except OSError as error:
            raise UsageError(
                f"the port {port} cannot be used: {error.strerror}; choose another, or leave out "
                "--port for a free one"
            ) from None

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{_LOOPBACK}:{self.server_port}/"

    @property
    def page(self) -> bytes:
        """The newest page."""
        return self._page

    @property
    def hosts(self) -> frozenset[str]:
        """The names by which a browser on this machine asks; no website may ask by its own."""
        return frozenset(f"{name}:{self.server_port}" for name in (_LOOPBACK, "localhost"))

    def publish(self, page: str, version: int) -> None:
        """Show `page` from now on; `version` is another number than before."""
        with self._changed:
            self._page, self._version = page.encode(), version
            self._changed.notify_all()

    def wait_for_version(self, known: int, seconds: float) -> int:
        """The version, once it is another than `known` or so many seconds are over."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != known, seconds)
            return self._version

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a browser that has left."""


class _Handler(BaseHTTPRequestHandler):
    server: PreviewServer

    def do_GET(self) -> None:
        if self.headers.get("Host") not in self.server.hosts:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.path == "/":
            self._start("text/html; charset=utf-8")
            self.wfile.write(self.server.page)
        elif self.path == "/changes":
            self._start("text/event-stream")
            self._tell_versions()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _tell_versions(self) -> None:
        version = -1
        while True:
            version = self.server.wait_for_version(version, _KEEP_ALIVE_SECONDS)
            self.wfile.write(f"data: {version}\n\n".encode())
            self.wfile.flush()

    def _start(self, content_type: str) -> None:
        self.send_response(HTTPStatus.OK)
        for name, value in ({"Content-Type": content_type} | _HEADERS).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Nothing: what is read is the person's own page."""
