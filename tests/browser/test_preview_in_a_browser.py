"""`preview --html` in a real browser: nobody is left out, and nothing is asked of elsewhere."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.preview_page import render_preview_page
from perihelion.service.preview_server import PreviewServer
from tests.fakes.bot_installation import BotInstallation
from tests.fakes.browser import visit_page

if TYPE_CHECKING:
    from typing import Literal

    from playwright.sync_api import Browser

SCHEDULE = """\
accounts:
  - {network: local, name: first}
  - {network: local, name: second}
  - {network: local, name: german, language: de}
missions:
  - id: m
    name: Mission
    events:
      - id: e
        at: 2016-03-02T10:00Z
        title: A title that is long enough to need a second line on a telephone held upright
        text: A text with https://www.nasa.gov/a-very-long-address-that-cannot-be-broken-anywhere
        sources: a test
        tags: [Test]
        links: [https://www.nasa.gov/a-page]
      - id: f
        at: 2016-03-02
        title: An event with a picture
        sources: a test
        picture: {file: a.png, alt: A blue square, credit: me, focus: "0.5, -0.5"}
        translations: {de: {title: Ein Ereignis mit Bild, alt: Ein blaues Quadrat}}
"""


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    tmp_path = tmp_path_factory.mktemp("preview")
    bot = BotInstallation(tmp_path)
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "a.png")
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")
    file = tmp_path / "page.html"
    said = bot(
        "preview", "2027-03-02", "--schedule", str(tmp_path / "schedule.yaml"), "--html", str(file)
    )
    assert said.code == 0, said.err
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_everybody_can_read_the_page(
    browser: Browser, page_url: str, width: int, scheme: Literal["dark", "light"]
) -> None:
    with visit_page(browser, page_url, width=width, scheme=scheme) as visited:
        assert visited.find_violations() == []
        assert not visited.overflows()
        assert visited.console == []
        assert {one.split(":", 1)[0] for one in visited.requests} == {"file"}


def test_the_headings_make_a_table_of_contents(browser: Browser, page_url: str) -> None:
    with visit_page(browser, page_url) as visited:
        headings = [
            (one.evaluate("e => e.tagName"), one.inner_text())
            for one in visited.page.locator("h1, h2, h3").all()
        ]
    assert headings[0] == ("H1", "What would be posted: 2027-03-02")
    assert ("H2", "An event with a picture") in headings
    assert ("H3", "first, second (the same on 2 accounts)") in headings


def test_the_keys_can_be_opened_with_the_keyboard(browser: Browser, page_url: str) -> None:
    with visit_page(browser, page_url) as visited:
        summary = visited.page.locator("summary").first
        summary.focus()
        visited.page.keyboard.press("Enter")
        assert visited.page.locator(".key").first.is_visible()


def test_an_open_page_follows_what_is_published(browser: Browser) -> None:
    with PreviewServer(0) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        server.publish(render_preview_page((), "2 March", version=1), 1)
        page = browser.new_page()
        page.goto(server.url)
        mistake = Mistake(SourceLocation("schedule.yaml", 7, 3), "a-code", "this is wrong")
        server.publish(render_preview_page((), "2 March", [mistake], version=2), 2)
        alert = page.get_by_role("alert")
        alert.wait_for(timeout=60_000)
        assert "schedule.yaml:7:3 this is wrong" in alert.inner_text()
        server.publish(render_preview_page((), "3 March", version=3), 3)
        page.get_by_text("Nothing to post on 3 March.").wait_for(timeout=60_000)
        page.close()
        server.shutdown()
