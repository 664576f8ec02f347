"""The website in a real browser: everybody can read it, with a mouse, a keyboard or neither."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Literal

import pytest
from werkzeug.serving import make_server

from perihelion.service.web.application import create_app
from tests.fakes.bot_installation import ROOT
from tests.fakes.browser import visit_page
from tests.unit.service.web.conftest import FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PAGES = (
    "/",
    "/02-29",
    "/year",
    "/missions",
    "/m/year-in-space",
    "/e/year-in-space/landing",
    "/people",
    "/p/scott-kelly",
    "/places",
    "/l/houston",
    "/r/year-in-space",
    "/search?q=luna",
    "/subscribe",
    "/kiosk",
    "/embed/today",
    "/nothing",
)


VISITS: tuple[tuple[int, Literal["dark", "light"]], ...] = ((320, "dark"), (2560, "light"))
"""The narrowest and the widest window, and each colour scheme once."""


@pytest.fixture(scope="module")
def site_url() -> Iterator[str]:
    """The shipped schedule's website."""
    with serve(as_files=False) as url:
        yield url


@contextmanager
def serve(*, as_files: bool) -> Iterator[str]:
    """The address of a server with the website, or with the pages that are written as files."""
    clock = FixedClock()
    clock.instant = datetime(2027, 7, 20, 9, 0, tzinfo=UTC)  # while a mission is replayed
    environ = {"PERIHELION_SCHEDULE": str(ROOT / "schedule.yaml")}
    app = create_app(environ, clock, as_files=as_files)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_read_every_page(browser: Browser, site_url: str, path: str) -> None:
    for width, scheme in VISITS:
        with visit_page(browser, site_url + path, width=width, scheme=scheme) as visited:
            assert visited.find_violations() == []
            assert not visited.overflows()
            assert {one.startswith(site_url) for one in visited.requests} == {True}
            assert [one for one in visited.console if path != "/nothing"] == []


@pytest.mark.parametrize(
    "path",
    [
        *("/de/", "/es/year", "/de/e/year-in-space/landing"),
        *("/de/glossary", "/es/m/cassini", "/de/s/apollo", "/es/corrections"),
    ],
)
def test_the_other_languages_are_as_readable(browser: Browser, site_url: str, path: str) -> None:
    with visit_page(browser, site_url + path, width=390) as visited:
        assert visited.find_violations() == []
        assert not visited.overflows()


def test_a_page_is_printed_dark_on_white_whatever_the_screen_has(
    browser: Browser, site_url: str
) -> None:
    with visit_page(browser, f"{site_url}/e/apollo-11/landing", scheme="dark") as visited:
        ink = "getComputedStyle(document.body).color"
        assert visited.page.evaluate(ink) == "rgb(238, 241, 246)"
        visited.page.emulate_media(media="print")
        assert visited.page.evaluate(ink) == "rgb(22, 24, 29)"
        assert not visited.page.get_by_role("link", name="Subscribe", exact=True).is_visible()


def test_the_keyboard_leads_past_the_menu_and_through_it(browser: Browser, site_url: str) -> None:
    with visit_page(browser, site_url) as visited:
        reached = []
        for _ in range(9):
            visited.page.keyboard.press("Tab")
            reached.append(visited.page.evaluate("document.activeElement.textContent"))
        assert reached[0] == "Skip to the content"
        assert reached[1:8] == [
            "Perihelion",
            "Today",
            "Calendar",
            "Missions",
            "People",
            "Search",
            "Subscribe",
        ]


def test_everything_works_without_scripts(browser: Browser, site_url: str) -> None:
    with visit_page(browser, site_url, scripts=False) as visited:
        visited.page.get_by_role("link", name="Search").click()
        visited.page.get_by_label("Words in a title").fill("scott kelly")
        visited.page.get_by_role("button", name="Search").click()
        assert "scott kelly" in visited.page.locator("h2").first.inner_text()


def test_a_site_of_files_is_searched_by_a_script(browser: Browser) -> None:
    with (
        serve(as_files=True) as url,
        visit_page(browser, f"{url}/de/search?q=Müller", width=390, scheme="dark") as visited,
    ):
        visited.page.get_by_label("Wörter aus einem Titel").fill("TERESCHKOWA wostok")
        visited.page.locator("#found a").first.wait_for()
        titles = visited.page.locator("#found a").all_inner_texts()
        assert any("Tereschkowa" in one for one in titles)
        assert visited.page.locator("#said").inner_text().startswith(str(len(titles)))
        link = visited.page.locator("#found a").first.get_attribute("href")
        assert link
        assert link.startswith(f"{url}/de/e/")
        assert visited.find_violations() == []
        assert not visited.overflows()
        assert visited.console == []


def test_the_kiosk_goes_on_without_the_network(browser: Browser, site_url: str) -> None:
    with visit_page(browser, f"{site_url}/kiosk") as visited:
        visited.page.context.set_offline(True)
        # Chromium notes each request that fails in the console, so the console is not asked here.
        visited.page.evaluate("(async () => { turn(); tick(); await refresh(); })()")
        assert visited.page.locator(".slide:not([hidden]) h1").first.inner_text()
        assert visited.uncaught == []
