"""The website behind gunicorn, as the `web` verb starts it."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from perihelion.service.error_reports import start_error_reports
from perihelion.service.watch import watch_in_background
from perihelion.service.web.application import create_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

THREADS = 8
"""Of each process: a page takes a millisecond, so that threads are for slow readers."""

KEEP_ALIVE_SECONDS = 75
"""Longer than the proxies of the usual platforms keep an idle connection."""


SHARED_PAGES = (
    *("/", "/de/", "/es/", "/07-20", "/year", "/missions", "/people", "/agencies", "/glossary"),
    *("/kiosk", "/search?q=moon", "/feeds/en.atom", "/calendars/en/round.ics", "/api/v1/week"),
)
"""Pages that use the indexes and most templates, whatever the schedule."""


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves the schedule that `environ` names on `address` (host:port) until SIGTERM."""

    def __init__(self, environ: Mapping[str, str], address: str, processes: int) -> None:
        self._app = create_app(environ)
        self._address, self._processes = address, processes
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings; it reads no file and no variable of its own."""
        values: dict[str, Any] = {
            "bind": self._address,
            "workers": self._processes,
            "threads": THREADS,
            "worker_class": "gthread",
            "keepalive": KEEP_ALIVE_SECONDS,
            "preload_app": True,
            "accesslog": None,
            "control_socket_disable": True,  # it would write into the home folder
            "when_ready": self._share_memory,
            "post_worker_init": self._start_watching,
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def _share_memory(self, _arbiter: object) -> None:
        """Make once what each process would make for itself, and keep it shared.

        These pages do not ask the ledger, whose connections no process may inherit. A garbage
        collector writes into all that it looks at, so that nothing would stay shared: what exists
        now is kept out of its sight.
        """
        import_module("perihelion.ledger.store")
        client = self._app.test_client()
        for page in SHARED_PAGES:
            client.get(page)
        gc.collect()
        gc.freeze()

    def _start_watching(self, _worker: object) -> None:
        """In each process, as threads do not survive a fork; the ledger lets one of them alert."""
        service = self._app.extensions["perihelion"]
        start_error_reports(service.settings.sentry_dsn, service.redact)
        watch_in_background(service)

    def load(self) -> Flask:
        """The application, made before the processes fork, so that they share its memory."""
        return self._app
