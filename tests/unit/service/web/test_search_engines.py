"""What search engines read: the sitemap, robots.txt, canonical links and structured data."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from perihelion.service.web.application import create_app
from tests.unit.service.web.conftest import SCHEDULE

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

SITE = "https://space.example"
EVENT_PROPERTIES = {
    *("@context", "@type", "@id", "url", "name", "description", "startDate", "inLanguage"),
    *("superEvent", "location", "organizer", "performer", "image"),
}
"""Those of https://schema.org/Event that a page may state."""


@pytest.fixture
def placed(tmp_path: Path) -> FlaskClient:
    """The website at an address of its own."""
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")
    schedule = str(tmp_path / "schedule.yaml")
    return create_app({"PERIHELION_SCHEDULE": schedule, "PERIHELION_SITE": SITE}).test_client()


def list_addresses(client: FlaskClient, path: str) -> list[str]:
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, "application/xml")
    tree = ET.fromstring(response.get_data())  # noqa: S314 - our own
    return [one.text or "" for one in tree.iter(f"{{{tree.tag[1:].partition('}')[0]}}}loc")]


def test_the_sitemap_leads_to_every_page_and_each_of_them_exists(placed: FlaskClient) -> None:
    maps = list_addresses(placed, "/sitemap.xml")
    assert maps == [f"{SITE}/sitemap-{one}.xml" for one in ("en", "de", "es")]
    pages = list_addresses(placed, "/sitemap-de.xml")
    assert f"{SITE}/de/e/apollo-11/landing" in pages
    assert len(pages) == len(set(pages)) > 366
    for page in pages[:6] + pages[370:]:
        assert placed.get(page.removeprefix(SITE)).status_code == 200, page
    assert placed.get("/sitemap-fr.xml").status_code == 404


def test_robots_are_led_to_the_sitemap_and_kept_from_the_search(placed: FlaskClient) -> None:
    lines = placed.get("/robots.txt").get_data(as_text=True).splitlines()
    assert "Disallow: /de/search" in lines
    assert lines[-1] == f"Sitemap: {SITE}/sitemap.xml"


@pytest.mark.parametrize("path", ["", "07-20", "m/apollo-11", "e/apollo-11/landing", "subscribe"])
def test_a_page_names_its_address_and_those_of_its_translations(
    placed: FlaskClient, path: str
) -> None:
    page = placed.get(f"/de/{path}").get_data(as_text=True)
    assert f'<link rel="canonical" href="{SITE}/de/{path}">' in page
    assert f'hreflang="es" href="{SITE}/es/{path}"' in page
    assert f'hreflang="x-default" href="{SITE}/{path}"' in page


def test_feeds_and_calendars_link_to_the_site_s_own_address(placed: FlaskClient) -> None:
    for path in ("/feeds/en.atom", "/calendars/en/all.ics", "/api/v1/on/07-20.json"):
        page = placed.get(path, headers={"Host": "proxy.internal"}).get_data(as_text=True)
        assert SITE in page
        assert "proxy.internal" not in page


def test_a_request_for_another_host_does_not_change_what_others_get(client: FlaskClient) -> None:
    client.get("/feeds/en.atom", headers={"Host": "other.example"})
    assert b"other.example" not in client.get("/feeds/en.atom").get_data()


def test_an_event_is_described_as_schema_org_knows_events(placed: FlaskClient) -> None:
    page = placed.get("/de/e/apollo-11/landing").get_data(as_text=True)
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    data = json.loads(block)
    assert set(data) <= EVENT_PROPERTIES
    assert data["@id"] == f"{SITE}/de/e/apollo-11/landing"
    assert datetime.fromisoformat(data["startDate"]).year == 1969
    assert (data["name"], data["inLanguage"]) == ("Apollo 11 landet auf dem Mond", "de")
    assert data["organizer"] == [{"@type": "Organization", "name": "NASA"}]
    assert [one["name"] for one in data["performer"]] == ["Neil Armstrong", "Buzz Aldrin"]
    assert data["image"] == [f"{SITE}/media/eagle.png"]
