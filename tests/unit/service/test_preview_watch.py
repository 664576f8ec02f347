"""The page of `preview --watch` follows what is saved, for this machine alone."""

from __future__ import annotations

import socket
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
import requests
import watchfiles
from watchfiles._rust_notify import WatchfilesRustInternalError

from perihelion.model.errors import UsageError
from perihelion.service.cli import group, run_command
from perihelion.service.live_schedule import LiveSchedule
from perihelion.service.preview_choice import PreviewChoice
from perihelion.service.preview_server import PreviewServer
from perihelion.service.preview_watch import PreviewPages
from perihelion.service.reload import Refused, Reloader, Settling
from tests.fakes.saved_schedule import LATER, SavedSchedule, look_until_settled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.service.wiring import App

SECONDS = 60.0
"""How long a test waits for what takes a moment."""


@pytest.fixture
def server() -> Iterator[PreviewServer]:
    with PreviewServer(0) as made:
        Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        made.publish("<p>first", 1)
        yield made
        made.shutdown()


@pytest.fixture
def saved(tmp_path: Path) -> SavedSchedule:
    return SavedSchedule(tmp_path)


def read(reloader: Reloader) -> App | Refused:
    found = look_until_settled(reloader)
    assert found is not None
    assert not isinstance(found, Settling)
    return found


def test_an_open_page_is_told_of_each_version(server: PreviewServer) -> None:
    assert requests.get(server.url, timeout=SECONDS).text == "<p>first"
    with requests.get(f"{server.url}changes", stream=True, timeout=SECONDS) as told:
        lines = filter(None, told.iter_lines(chunk_size=1))
        assert next(lines) == b"data: 1"
        server.publish("<p>second", 2)
        assert next(lines) == b"data: 2"
    assert requests.get(server.url, timeout=SECONDS).text == "<p>second"


def test_only_this_machine_is_answered_and_only_by_its_own_name(server: PreviewServer) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    rebound = requests.get(server.url, headers={"Host": "example.org"}, timeout=SECONDS)
    assert (rebound.status_code, "first" in rebound.text) == (421, False)
    assert requests.get(f"{server.url}schedule.yaml", timeout=SECONDS).status_code == 404


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"the port {port} cannot be used: .*leave out --port"):
            PreviewServer(port)


def test_mistakes_stand_above_the_posts_as_they_were_before(saved: SavedSchedule) -> None:
    reloader = Reloader(saved.open_app(), saved.environ, LATER)
    pages = PreviewPages(PreviewChoice("2027-03-02"))
    saved.replace("missions: [")
    page, version, line = pages.make_page(read(reloader))
    assert line.startswith(f"{saved.events}:2:1: not valid YAML")
    assert "the posts below" not in page
    saved.replace(saved.make_events("A landing"))
    page, version, line = pages.make_page(read(reloader))
    assert (version, line) == (2, "shows 1 post")
    assert "A landing of number 0 of 1., 11 years ago." in page
    assert 'class="mistakes"' not in page
    saved.replace("missions: [")
    page, version, line = pages.make_page(read(reloader))
    assert f"<code>{saved.events}:2:1</code>" in page
    assert "the posts below are as they were before" in page
    assert "A landing of number 0 of 1., 11 years ago." in page


def test_a_mission_that_is_gone_is_a_mistake_as_well(saved: SavedSchedule) -> None:
    pages = PreviewPages(PreviewChoice("n"))
    page, _version, line = pages.make_page(saved.open_app())
    assert "'n' is neither a date" in line
    assert str(saved.main) in page


def test_the_thread_notices_a_save_and_a_wish_to_look_at_once(saved: SavedSchedule) -> None:
    changed = Event()
    live = LiveSchedule(Reloader(saved.open_app(), saved.environ, LATER), 0.2, 0.01)
    live.start(changed.set)
    try:
        saved.replace("missions: [")
        assert changed.wait(SECONDS)
        assert isinstance(live.take(), Refused)
        changed.clear()
        live.look_now()
        assert changed.wait(SECONDS)
        assert isinstance(live.take(), Refused), "it is told again"
        assert live.take() is None
    finally:
        live.stop()


def test_a_save_is_noticed_where_the_files_cannot_be_watched(
    saved: SavedSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where other processes have all that a machine can watch; it is not an OSError."""
    changed, failed = Event(), Event()

    def fail_to_watch(*_folders: object, **_options: object) -> Iterator[object]:
        failed.set()
        raise WatchfilesRustInternalError("too many open files")

    monkeypatch.setattr(watchfiles, "watch", fail_to_watch)
    live = LiveSchedule(Reloader(saved.open_app(), saved.environ, LATER), 0.01, 0.01)
    live.start(changed.set)
    try:
        assert failed.wait(SECONDS)
        saved.replace("missions: [")
        assert changed.wait(SECONDS)
    finally:
        live.stop()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--port", "8080"], "--port goes with --watch"),
        (["--watch", "--json"], "leave out --html, --contact-sheet and --json"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(group, ["preview", *options]) == 2
    assert says in capsys.readouterr().err
