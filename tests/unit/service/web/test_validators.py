"""Feeds and calendars through validators of their own; ids that survive corrections."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
import vobject

from perihelion.service.web.application import create_app
from perihelion.service.web.words import LANGUAGES
from tests.fakes.feed_rules import find_atom_mistakes, find_json_feed_mistakes
from tests.unit.service.web.conftest import SCHEDULE, FixedClock

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

CORRECTIONS = {
    "at: 1969-07-20T20:17Z": "at: 1969-07-21T02:56Z",
    'title: Apollo 11 lands & "rests" <safely>': "title: The Eagle lands",
    "text: The Eagle landed.": "text: Corrected.",
    "people: [Neil Armstrong, Buzz Aldrin]\n        importance: 5": "importance: 4",
    "name: Apollo 11": "name: Apollo XI",
}


def correct_schedule(folder: Path, clock: FixedClock, leap_day: str = "feb-28") -> FlaskClient:
    """The website after every word and date of an event has been corrected."""
    text = SCHEDULE
    for old, new in CORRECTIONS.items():
        assert old in text
        text = text.replace(old, new)
    file = folder / "corrected.yaml"
    file.write_text(f"defaults: {{leap_day: {leap_day}}}\n{text}", encoding="utf-8")
    return create_app({"PERIHELION_SCHEDULE": str(file)}, clock).test_client()


def read_calendar(client: FlaskClient, path: str) -> Any:  # noqa: ANN401 - vobject has no types for what it reads
    text = client.get(path).get_data(as_text=True)
    calendar = vobject.readOne(text)
    calendar.validate(raiseException=True)
    return calendar


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_feeds_keep_to_their_formats(client: FlaskClient, language: str) -> None:
    atom = client.get(f"/feeds/{language}.atom").get_data()
    assert b"<entry>" in atom
    assert find_atom_mistakes(atom) == []
    feed = client.get(f"/feeds/{language}.json").get_data()
    assert json.loads(feed)["items"]
    assert find_json_feed_mistakes(feed) == []


@pytest.mark.parametrize("feed", ["en.atom", "en.json"])
def test_an_empty_feed_keeps_to_its_format(
    client: FlaskClient, clock: FixedClock, feed: str
) -> None:
    clock.instant = datetime.fromisoformat("2026-12-01T00:00Z")
    data = client.get(f"/feeds/{feed}").get_data()
    assert b"apollo-11" not in data
    find = find_atom_mistakes if feed.endswith("atom") else find_json_feed_mistakes
    assert find(data) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<updated>", b"<updated>yesterday, "),
        (b"<entry>", b"<entry><unknown/>"),
        (b'rel="self"', b'rel=""'),
        (b"<id>", b"<id></id><id>"),
        (b"<author>", b"<contributor>"),
    ],
)
def test_the_validator_of_atom_finds_mistakes(client: FlaskClient, old: bytes, new: bytes) -> None:
    data = client.get("/feeds/en.atom").get_data()
    assert old in data
    broken = data.replace(old, new).replace(b"</author>", b"</contributor>")
    assert find_atom_mistakes(broken if old == b"<author>" else data.replace(old, new))


@pytest.mark.parametrize(
    "path", ["all", "round", "m/apollo-11", "p/neil-armstrong", "e/year-in-space/handover"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_library_reads_every_calendar(
    client: FlaskClient, clock: FixedClock, path: str, language: str
) -> None:
    clock.instant = datetime.fromisoformat("2025-03-01T00:00Z")
    calendar = read_calendar(client, f"/calendars/{language}/{path}.ics")
    assert calendar.version.value == "2.0"
    for event in calendar.vevent_list:
        assert event.uid.value.endswith("@perihelion")
        assert (event.dtend.value - event.dtstart.value).days == 1


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("feb-28", ["2017-02-28", "2018-02-28", "2019-02-28", "2020-02-29"]),
        ("mar-1", ["2017-03-01", "2018-03-01", "2019-03-01", "2020-02-29"]),
        ("leap-years", ["2020-02-29", "2024-02-29", "2028-02-29", "2032-02-29"]),
    ],
)
def test_a_second_library_finds_29_february_where_the_rule_puts_it(
    tmp_path: Path, clock: FixedClock, rule: str, days: list[str]
) -> None:
    client = correct_schedule(tmp_path, clock, rule)
    calendar = read_calendar(client, "/calendars/en/e/year-in-space/handover.ics")
    event = calendar.vevent
    assert event.dtstart.value == date(2016, 2, 29)
    first = iter(event.getrruleset(addRDate=True))
    assert [next(first).date().isoformat() for _ in range(5)] == ["2016-02-29", *days]


def test_signs_of_html_in_a_text_reach_the_reader(tmp_path: Path, clock: FixedClock) -> None:
    file = tmp_path / "signs.yaml"
    file.write_text(SCHEDULE.replace("The Eagle landed.", "1 < 2 & <b>3</b>"), encoding="utf-8")
    client = create_app({"PERIHELION_SCHEDULE": str(file)}, clock).test_client()
    feed = feedparser.parse(client.get("/feeds/en.atom").get_data())
    assert feed.entries[0].summary == "1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;"


def test_the_ids_survive_every_correction(
    client: FlaskClient, tmp_path: Path, clock: FixedClock
) -> None:
    corrected = correct_schedule(tmp_path, clock)
    for path in ("/calendars/en/all.ics", "/calendars/de/m/apollo-11.ics"):
        before, after = (read_calendar(one, path) for one in (client, corrected))
        old = {one.uid.value: one.summary.value for one in before.vevent_list}
        new = {one.uid.value: one.summary.value for one in after.vevent_list}
        assert old.keys() == new.keys()
        assert "apollo-11/landing@perihelion" in old
    clock.instant = datetime.fromisoformat("2026-07-22T00:00Z")
    ids = [
        {item["id"] for item in one.get("/feeds/en.json").get_json(force=True)["items"]}
        for one in (client, corrected)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 2
