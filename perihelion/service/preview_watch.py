"""`preview --watch`: the page of a preview, made anew whenever its files are saved."""

from __future__ import annotations

import webbrowser
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING

from perihelion.model.accounts import Account
from perihelion.model.errors import UsageError
from perihelion.model.missions import Schedule
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.clock import SystemClock
from perihelion.service.console import format_count, print_line
from perihelion.service.live_schedule import LiveSchedule
from perihelion.service.post_preview import draw_cards
from perihelion.service.preview_page import render_preview_page
from perihelion.service.preview_server import PreviewServer
from perihelion.service.reload import Refused, Reloader
from perihelion.service.settings import read_settings
from perihelion.service.wiring import App

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perihelion.service.post_preview import PostPreview
    from perihelion.service.preview_choice import PreviewChoice

SETTLE_SECONDS, TICK_SECONDS = 0.2, 2.0
"""How long files stay as they are before they are read; how often they are looked at in any case.
A worker waits longer: here a person looks on, and half a file harms nobody."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class PreviewPages:
    """The page for each state of the files, with the last posts above which mistakes stand."""

    def __init__(self, choice: PreviewChoice) -> None:
        self._choice = choice
        self._posts: Sequence[PostPreview] = ()
        self._span = ""
        self._version = 0

    def make_page(self, found: App | Refused) -> tuple[str, int, str]:
        """The page, its version, and a line for the terminal."""
        self._version += 1
        mistakes = found.error.mistakes if isinstance(found, Refused) else self._preview(found)
        page = render_preview_page(self._posts, self._span, mistakes, version=self._version)
        line = "\n".join(map(str, mistakes)) or f"shows {format_count(len(self._posts), 'posts')}"
        return page, self._version, line

    def _preview(self, app: App) -> Sequence[Mistake]:
        """Keep what `app` would post; what was asked for and is not there any more."""
        try:
            preview = self._choice.preview(app)
        except UsageError as error:
            return [Mistake(SourceLocation(str(app.settings.schedule)), "preview", str(error))]
        self._posts, self._span = list(draw_cards(app, preview.posts)), preview.span
        return ()


def watch_preview(
    environ: Mapping[str, str], choice: PreviewChoice, port: int, *, opens: bool
) -> None:
    """Serve the page until Ctrl-C. Raises UsageError, or ConfigurationError for the settings."""
    changed = Event()
    live = LiveSchedule(
        Reloader(_open_empty_app(environ), environ, _LONG_AGO), TICK_SECONDS, SETTLE_SECONDS
    )
    with PreviewServer(port) as server, suppress(KeyboardInterrupt):
        Thread(target=server.serve_forever, daemon=True).start()
        live.start(changed.set)
        pages, is_first = PreviewPages(choice), True
        while True:
            changed.wait()
            changed.clear()
            found = live.take()
            if found is None:
                continue
            page, version, line = pages.make_page(found)
            server.publish(page, version)
            print_line(f"{server.url} {line}" if is_first else line)
            if is_first and opens and not webbrowser.open(server.url):
                print_line(f"no browser could be started; open {server.url} yourself")
            is_first = False
    live.stop()


def _open_empty_app(environ: Mapping[str, str]) -> App:
    """An App whose schedule nobody has read yet."""
    settings = read_settings(environ)
    empty = Schedule((), (), (), local_account=Account("local", "local"))
    app = App(settings, empty, SystemClock(), (), (), lambda: settings)
    return replace(app, rereads_templates=False)
