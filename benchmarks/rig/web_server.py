"""The website, or a constant in its place, behind the `web` verb's own gunicorn.

    python -m benchmarks.rig.web_server ours|constant FD PROCESSES

It answers on the listening socket FD. The constant has the website's own answers to the three
addresses that are measured, headers included, and does nothing but return them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from perihelion.service.web.server import WebServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ADDRESSES = {
    "Today": "/",
    "an event": "/e/apollo-11/landing",
    "the Atom feed": "/feeds/en.atom",
}


class ConstantServer(WebServer):
    """The same server with an application that returns what the website answered once."""

    def load(self) -> Any:  # noqa: ANN401 - any WSGI application
        """An application that only looks its answer up."""
        client = super().load().test_client()
        answers = {}
        for path in ADDRESSES.values():
            response = client.get(path)
            answers[path] = (response.status, list(response.headers), [response.get_data()])

        def answer(
            environ: dict[str, Any], start_response: Callable[..., object]
        ) -> Iterable[bytes]:
            status, headers, body = answers[environ["PATH_INFO"]]
            start_response(status, headers)
            return body

        return answer


if __name__ == "__main__":
    who, descriptor, processes = sys.argv[1:]
    server = ConstantServer if who == "constant" else WebServer
    server(os.environ, f"fd://{descriptor}", int(processes)).run()
