"""The website as files: complete, with links that lead from file to file."""

from __future__ import annotations

import json
import re
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import yaml
from PIL import Image

from perihelion.model.errors import UsageError
from perihelion.service.web.application import create_app
from perihelion.service.web.headers import SECURITY_HEADERS
from perihelion.service.web.static_links import PLACEHOLDER, make_links_relative
from perihelion.service.web.static_site import MARK, write_site
from tests.fakes.bot_installation import ROOT
from tests.fakes.site_links import find_broken_links
from tests.unit.service.web.conftest import SCHEDULE, FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SITE = "https://museum.example/space"


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder and logs nothing."""

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def schedule(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schedule")
    Image.new("RGB", (8, 8), "navy").save(folder / "eagle.png")
    file = folder / "schedule.yaml"
    file.write_text(SCHEDULE, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def folder(schedule: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with an address, written over an earlier one."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "_headers").write_text(MARK, encoding="utf-8")
    (folder / "index.html").touch()
    (folder / "old.html").touch()
    environ = {"PERIHELION_SCHEDULE": str(schedule), "PERIHELION_SITE": f"{SITE}/"}
    number = write_site(environ, folder, FixedClock())
    assert number == sum(1 for one in folder.rglob("*") if one.is_file()) > 1500
    return folder


@pytest.fixture
def served(folder: Path) -> Iterator[HTTPConnection]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    yield connection
    connection.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_link_of_every_file_leads_somewhere(folder: Path) -> None:
    assert list(find_broken_links(folder, SITE)) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "index.html").write_text('<p id="a"><a href="../index.html">')
    (tmp_path / "index.html").write_text(
        '<a href="m/index.html#a"><a href="m/index.html#b"><a href="/m"><a href="../x">'
        f'<a href="{SITE}/m"><a href="{SITE}/n"><a href="https://else.example/">'
    )
    assert [link for _, link in find_broken_links(tmp_path, SITE)] == [
        *("m/index.html#b", "/m", "../x", f"{SITE}/n"),
    ]


def test_without_an_address_every_link_of_the_site_is_relative() -> None:
    page = (
        '<link rel="canonical" href="http://localhost/de/m/x"><a href="/e/x/y#z"><a href="#z">'
        '<a href="//else.example/"><a href="https://else.example/"><img src="/media/a.png">'
    )
    assert make_links_relative(page, "m/x/index.html", PLACEHOLDER) == (
        '<link rel="canonical" href="../../de/m/x/index.html"><a href="../../e/x/y/index.html#z">'
        '<a href="#z"><a href="//else.example/"><a href="https://else.example/">'
        '<img src="../../media/a.png">'
    )


def test_a_plain_server_shows_each_page_at_its_address(served: HTTPConnection) -> None:
    for path, expected in (
        ("/", "Today, 20 July 2026"),
        ("/de/e/apollo-11/landing/", "Der Adler ist gelandet."),
        ("/07-20/", "On this day"),
        ("/api/v1/today.json", "apollo-11/landing"),
        ("/cards/de/apollo-11/landing.jpg", ""),
        ("/media/eagle.png", ""),
        ("/sitemap-es.xml", "/es/p/neil-armstrong"),
        ("/embed/today/", "The Eagle landed."),
    ):
        served.request("GET", path)
        response = served.getresponse()
        body = response.read()
        assert response.status == 200, path
        assert expected in body.decode(errors="replace")


def test_a_script_searches_an_index_and_without_scripts_lists_lead_on(folder: Path) -> None:
    page = (folder / "de" / "search" / "index.html").read_text(encoding="utf-8")
    assert '<script src="../../search/de.js" defer>' in page
    assert '<a href="../../de/missions/index.html">Missionen</a>' in page.split("<noscript>")[1]
    index = (folder / "search" / "de.js").read_text(encoding="utf-8")
    events = json.loads(index.removeprefix("const EVENTS = ").removesuffix(";\n"))
    assert events[0][:4] == [
        "de/e/apollo-11/landing/index.html",
        "Apollo 11 landet auf dem Mond",
        "20. Juli 1969, 20:17 UTC",
        "Apollo 11",
    ]
    assert "Neil Armstrong" in events[0][4]
    assert all((folder / event[0]).is_file() for event in events)


def test_a_wrong_address_is_answered_at_any_depth_in_every_language(folder: Path) -> None:
    page = (folder / "404.html").read_text(encoding="utf-8")
    assert '<a href="/space/es/year/index.html">Calendario</a>' in page
    assert 'href="/space/static/site.css"' in page


def test_a_site_without_an_address_has_no_previews(schedule: Path, clock: FixedClock) -> None:
    app = create_app({"PERIHELION_SCHEDULE": str(schedule)}, clock, as_files=True)
    page = app.test_client().get("/e/apollo-11/landing").text
    assert "og:title" in page
    assert "og:image" not in page


def test_the_hosts_that_read_it_find_the_headers_of_the_website(folder: Path) -> None:
    lines = (folder / "_headers").read_text(encoding="utf-8").splitlines()
    for name, value in SECURITY_HEADERS.items():
        assert f"  {name}: {value}" in lines
    assert "  Access-Control-Allow-Origin: *" in lines[lines.index("/api/*") :]
    assert (folder / ".nojekyll").exists()


def test_a_site_with_an_address_states_it_and_replaces_the_earlier_one(folder: Path) -> None:
    assert not (folder / "old.html").exists()
    page = folder / "e" / "apollo-11" / "landing" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert f'<link rel="canonical" href="{SITE}/e/apollo-11/landing">' in text
    assert f'content="{SITE}/cards/en/apollo-11/landing.jpg"' in text
    assert 'href="../../../static/site.css"' in text
    assert f"{SITE}/e/apollo-11/landing" in (folder / "feeds" / "en.atom").read_text()
    assert (folder / "cards" / "en" / "apollo-11" / "landing.jpg").is_file()


def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path, schedule: Path) -> None:
    kept = tmp_path / "index.html"
    kept.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="did not write; name a folder that is empty"):
        write_site({"PERIHELION_SCHEDULE": str(schedule)}, tmp_path)
    assert kept.read_text(encoding="utf-8") == "mine"


def test_a_page_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")  # and no picture
    with pytest.raises(UsageError, match=r"media/eagle\.png"):
        write_site({"PERIHELION_SCHEDULE": str(tmp_path / "schedule.yaml")}, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_the_workflow_writes_the_site_each_night_and_asks_for_the_least() -> None:
    text = (ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert re.fullmatch(r"\d+ \d+ \* \* \*", workflow[True]["schedule"][0]["cron"])  # YAML's `on`
    steps = workflow["jobs"]["build"]["steps"]
    assert "python bot.py export site public" in [one.get("run") for one in steps]
    used = [
        one["uses"] for job in workflow["jobs"].values() for one in job["steps"] if "uses" in one
    ]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", one) for one in used)
    assert "secrets." not in text
