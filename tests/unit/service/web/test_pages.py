"""The public pages: what stands on them, in which language, and what is refused."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from perihelion.model.units import Unit
from perihelion.service.web.words import LANGUAGES, load_phrases

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.unit.service.web.conftest import FixedClock

PAGES = (
    "/",
    "/07-20",
    "/year",
    "/missions",
    "/m/apollo-11",
    "/e/apollo-11/landing",
    "/people",
    "/p/neil-armstrong",
    "/agencies",
    "/places",
    "/a/nasa",
    "/l/houston",
    "/r/year-in-space",
    "/search?q=moon",
    "/subscribe",
    "/kiosk",
    "/embed/today",
)


def read_page(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


@pytest.mark.parametrize("prefix", ["", "/de", "/es"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_exists_in_every_language(client: FlaskClient, path: str, prefix: str) -> None:
    page = read_page(client, prefix + path)
    assert f'<html lang="{prefix.strip("/") or "en"}">' in page


def test_today_shows_what_happened_and_how_long_ago(client: FlaskClient) -> None:
    page = read_page(client, "/")
    assert "Today, 20 July 2026" in page
    assert "57 years ago" in page
    assert "Apollo 11 lands &amp; &#34;rests&#34; &lt;safely&gt;" in page


def test_the_next_day_shows_another_page(client: FlaskClient, clock: FixedClock) -> None:
    read_page(client, "/")
    clock.instant = datetime(2026, 7, 16, 0, 0, tzinfo=UTC)
    assert "Apollo 11 leaves for the Moon" in read_page(client, "/")


def test_an_event_s_page_tells_all_that_is_known(client: FlaskClient) -> None:
    page = read_page(client, "/e/apollo-11/landing")
    for expected in (
        "The Eagle landed.",
        "20 July 1969, 20:17 UTC</time> (time at the spacecraft)",
        'href="/p/neil-armstrong"',
        'href="/m/apollo-11"',
        'href="https://www.nasa.gov/apollo11"',
        'href="https://apolloinrealtime.org/11/"',
        'href="https://www.nasa.gov/history/alsj/a11/a11.landing.html"',
        "Hear and see it",
        "Read what was said",
        "NASA&#39;s page",
        "<li>a log</li>",
        '<a href="https://history.nasa.gov/a11" rel="noreferrer">NASA&#39;s history</a>',
        'alt="The Eagle"',
        "Picture: NASA",
        "57 years, on 20 July 2026: today",
        'href="/e/apollo-11/launch"',
    ):
        assert expected in page


def test_an_event_s_data_for_search_engines_is_json_that_cannot_end_its_script(
    client: FlaskClient,
) -> None:
    page = read_page(client, "/e/apollo-11/landing")
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert json.loads(data)["name"] == 'Apollo 11 lands & "rests" <safely>'
    assert json.loads(data)["startDate"] == "1969-07-20T20:17:00+00:00"


def test_a_translation_is_used_and_its_absence_is_admitted(client: FlaskClient) -> None:
    german = read_page(client, "/de/e/apollo-11/landing")
    assert "Der Adler ist gelandet." in german
    assert 'alt="Der Adler"' in german
    assert "nur auf Englisch" not in german
    other = read_page(client, "/de/e/apollo-11/launch")
    assert "Diesen Text gibt es nur auf Englisch." in other
    assert '<article class="event" lang="en">' in other


def test_each_page_names_its_other_languages(client: FlaskClient) -> None:
    page = read_page(client, "/de/e/apollo-11/landing")
    for tag, path in (("en", "/"), ("de", "/de/"), ("es", "/es/")):
        assert f'hreflang="{tag}" href="http://localhost{path}e/apollo-11/landing"' in page


@pytest.mark.parametrize(
    ("today", "said"),
    [
        ((2026, 7, 20), "11 years, on 28 February 2027: in 223 days"),
        ((2027, 2, 27), "11 years, on 28 February 2027: tomorrow"),
        ((2027, 3, 1), "12 years, on 29 February 2028: in 365 days"),
    ],
)
def test_the_next_anniversary_of_a_leap_day_follows_its_rule(
    client: FlaskClient, clock: FixedClock, today: tuple[int, int, int], said: str
) -> None:
    clock.instant = datetime(*today, tzinfo=UTC)
    assert said in read_page(client, "/e/year-in-space/handover")


@pytest.mark.parametrize("path", ["/02-29", "/02-28", "/12-31", "/01-01"])
def test_every_day_of_a_leap_year_has_a_page(client: FlaskClient, path: str) -> None:
    read_page(client, path)


def test_a_day_without_its_zeros_leads_to_the_day(client: FlaskClient) -> None:
    response = client.get("/de/7-20")
    assert (response.status_code, response.headers["Location"]) == (301, "/de/07-20")


@pytest.mark.parametrize(
    "path",
    [
        "/02-30",
        "/13-01",
        "/00-10",
        "/e/apollo-11/nothing",
        "/m/nothing",
        "/p/nobody",
        "/a/nobody",
        "/l/nowhere",
        "/r/apollo-11",
        "/feeds/en/a/nobody.atom",
        "/feeds/fr/a/nasa.atom",
        "/fr/",
        "/media/secret.txt",
        "/media/../secret.txt",
        "/media/%2e%2e/schedule.yaml",
        "/feeds/fr.atom",
        "/calendars/en/m/nothing.ics",
        "/api/v1/on/02-30.json",
    ],
)
def test_what_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "There is no such page" in response.get_data(as_text=True)


def test_a_page_that_is_not_found_answers_in_its_language(client: FlaskClient) -> None:
    assert "Diese Seite gibt es nicht" in client.get("/de/nichts").get_data(as_text=True)


def test_a_picture_is_sent_if_the_schedule_names_it(client: FlaskClient) -> None:
    with client.get("/media/eagle.png") as response:
        assert (response.status_code, response.mimetype) == (200, "image/png")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("moon apollo", ["launch"]),
        ("MOND", ["landing"]),
        ("muller", ["handover"]),
        ("gérard", ["handover"]),
        ("1969 aldrin", ["landing", "launch"]),
        ("mars", []),
        ("", []),
    ],
)
def test_search_finds_every_word_whatever_its_case_and_accents(
    client: FlaskClient, words: str, found: list[str]
) -> None:
    response = client.get("/search", query_string={"q": words})
    links = re.findall(r'href="/e/[\w-]+/([\w-]+)"', response.get_data(as_text=True))
    assert sorted(links) == sorted(found)


def test_a_search_is_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/search", query_string={"q": '"><script>'}).get_data(as_text=True)
    assert "<script>" not in page


def test_the_languages_have_the_same_phrases_with_the_same_places() -> None:
    assert set(LANGUAGES) == {
        file.name.removesuffix(".json")
        for file in files("perihelion.service.web").joinpath("phrases").iterdir()
    }
    english = load_phrases("en")
    for language in LANGUAGES:
        phrases = load_phrases(language)
        assert phrases.keys() == english.keys()
        for name, phrase in phrases.items():
            assert set(re.findall(r"{\w+}", phrase)) == set(re.findall(r"{\w+}", english[name]))


def test_every_phrase_is_used() -> None:
    folder = files("perihelion.service.web")
    sources = [
        *folder.joinpath("templates").iterdir(),
        *(one for one in folder.iterdir() if one.name.endswith(".py")),
    ]
    used = "\n".join(one.read_text(encoding="utf-8") for one in sources)
    spoken = [name for name in load_phrases("en") if not name.startswith("unit_")]
    assert [name for name in spoken if f'"{name}"' not in used] == []


def test_every_unit_has_its_words() -> None:
    assert {f"unit_{one}" for one in Unit if one is not Unit.REPLAY_YEARS} == {
        name for name in load_phrases("en") if name.startswith("unit_")
    }
