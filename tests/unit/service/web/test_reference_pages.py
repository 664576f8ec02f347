"""What explains the events: programmes, people's lives, a mission's phases and the glossary."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING

import feedparser
import pytest
from icalendar import Calendar

from perihelion.service.web.application import create_app
from perihelion.service.web.programmes import find_programme
from perihelion.service.web.site import make_sort_key
from perihelion.service.web.words import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from tests.unit.service.web.conftest import FixedClock

SCHEDULE = """\
missions:
  - id: vostok-5
    name: Vostok 5
    names: {de: Wostok 5}
    events:
      - {id: launch, at: 1963-06-14, kind: launch, title: He leaves, people: Bo, sources: a log}
      - {id: landing, at: 1963-06-19, kind: landing, title: He lands, people: Bo, sources: a log}
  - id: vostok-6
    name: Vostok 6
    names: {de: Wostok 6}
    events:
      - {id: launch, at: 1963-06-16, kind: launch, title: She leaves, people: Anna, sources: a log}
      - {id: landing, at: 1963-06-19, kind: landing, title: She lands, people: Anna, sources: a log}
  - id: voyager-2
    name: Voyager 2
    events:
      - {id: launch, at: 1977-08-20, kind: launch, title: Voyager 2 leaves, sources: a log}
      - {id: monday, at: 1977-08-21, kind: science, title: Voyager 2 looks back, sources: a log}
      - {id: neptune-flyby, at: 1989-08-25, kind: flyby, title: Neptune, sources: a log}
  - id: anna
    name: Anna
    events:
      - {id: birth, at: 1937-03-06, title: A girl is born, people: Anna, sources: a log}
"""


@pytest.fixture
def reader(tmp_path: Path, clock: FixedClock) -> FlaskClient:
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")
    return create_app({"PERIHELION_SCHEDULE": str(tmp_path / "schedule.yaml")}, clock).test_client()


def read(reader: FlaskClient, path: str) -> str:
    """The page's text, each run of white space being one space."""
    response = reader.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.get_data(as_text=True)))


@pytest.mark.parametrize(
    ("name", "programme"),
    [
        ("Apollo 11", "Apollo"),
        ("Gemini 6A", "Gemini"),
        ("Artemis II", "Artemis"),
        ("Soyuz TM-31", "Soyuz"),
        ("STS-41-C", "STS"),
        ("SpaceX Crew-9", "SpaceX Crew"),
        ("X-37B OTV-1", "X-37B"),
        ("Hubble Space Telescope", ""),
        ("Comet Hartley 2 flyby", ""),
    ],
)
def test_a_numbered_name_tells_the_programme(name: str, programme: str) -> None:
    assert find_programme(name) == programme


def test_missions_stand_in_the_order_of_their_numbers_in_the_page_s_language(
    reader: FlaskClient,
) -> None:
    assert sorted(["Luna 20", "Mir", "Luna 3"], key=make_sort_key) == ["Luna 3", "Luna 20", "Mir"]
    page = read(reader, "/de/missions")
    assert page.index("Voyager 2") < page.index("Wostok 5") < page.index("Wostok 6")


def test_a_programme_has_a_page_a_calendar_and_a_feed(reader: FlaskClient) -> None:
    assert "Wostok 4" in read(reader, "/de/programmes")  # with its number of events
    assert "Voyager" not in read(reader, "/programmes")
    assert reader.get("/s/voyager").status_code == 404
    page = read(reader, "/de/s/vostok")
    assert page.index("He leaves") < page.index("She leaves") < page.index("She lands")
    calendar = Calendar.from_ical(reader.get("/calendars/de/s/vostok.ics").get_data())
    assert (calendar["name"], len(calendar.walk("VEVENT"))) == ("Wostok", 4)
    feed = feedparser.parse(reader.get("/feeds/en/s/vostok.atom").get_data())
    assert (feed.feed.title, len(feed.entries)) == ("Vostok", 4)
    assert '<a href="/s/vostok">Vostok</a>' in reader.get("/m/vostok-6").get_data(as_text=True)
    assert "/s/vostok<" in reader.get("/sitemap-en.xml").get_data(as_text=True)


def test_a_person_s_page_says_when_they_lived_and_in_which_missions(reader: FlaskClient) -> None:
    page = read(reader, "/p/anna")
    assert "Born 6 March 1937" in page
    assert "Missions Vostok 6 (1963)" in page
    assert "Died" not in page
    assert "Born" not in read(reader, "/p/bo")


def test_a_mission_s_phases_count_from_its_launch(reader: FlaskClient) -> None:
    page = read(reader, "/m/voyager-2")
    assert "20 August 1977 · Launch Voyager 2 leaves" in page
    assert "21 August 1977 · 1 day after launch Voyager 2 looks back" in page
    assert "25 August 1989 · Flyby · 12 years after launch Neptune" in page
    assert "Vorbeiflug · 12 Jahre nach dem Start" in read(reader, "/de/m/voyager-2")
    assert "Descenso · 3 días después del lanzamiento" in read(reader, "/es/m/vostok-6")


def test_a_phase_leads_to_its_term_in_the_glossary(reader: FlaskClient) -> None:
    assert 'href="/de/glossary#flyby"' in reader.get("/de/m/voyager-2").get_data(as_text=True)
    glossary = reader.get("/de/glossary").get_data(as_text=True)
    assert '<div id="flyby"><dt>Vorbeiflug</dt>' in glossary
    assert 'href="/de/glossary"' in reader.get("/de/").get_data(as_text=True)


def test_the_glossary_explains_the_same_terms_in_every_language() -> None:
    text = (files("perihelion.service.web") / "glossary.json").read_text(encoding="utf-8")
    terms = json.loads(text)
    assert len({term["id"] for term in terms}) == len(terms)
    for term in terms:
        assert term.keys() == {"id", *LANGUAGES}
        assert all(len(term[language]) == 2 for language in LANGUAGES)  # a name and a text
