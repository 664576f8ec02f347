"""Feeds and calendars, read by the libraries that readers use."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from tests.unit.service.web.conftest import SCHEDULE

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from tests.unit.service.web.conftest import FixedClock


def read_events(client: FlaskClient, path: str) -> list[Any]:
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, "text/calendar")
    data = response.get_data()
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    return Calendar.from_ical(data).walk("VEVENT")


def test_the_atom_feed_has_the_last_fortnight_latest_first(client: FlaskClient) -> None:
    feed = feedparser.parse(client.get("/feeds/en.atom").get_data())
    assert not feed.bozo
    titles = [entry.title for entry in feed.entries]
    assert titles == [
        'Apollo 11 lands & "rests" <safely> (57 years ago)',
        "Apollo 11 leaves for the Moon (57 years ago)",
    ]
    assert feed.entries[0].id == "tag:localhost,2026:apollo-11/landing/57-years"
    assert feed.entries[0].link == "http://localhost/e/apollo-11/landing"


def test_the_json_feed_says_the_same_in_its_language(client: FlaskClient) -> None:
    response = client.get("/feeds/de.json")
    assert response.mimetype == "application/feed+json"
    feed = json.loads(response.get_data())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in feed["items"]] == [
        "tag:localhost,2026:apollo-11/landing/57-years",
        "tag:localhost,2026:apollo-11/launch/57-years",
    ]
    assert feed["items"][0]["content_text"] == "Der Adler ist gelandet."
    assert feed["items"][0]["language"] == "de"
    assert feed["items"][1]["language"] == "en"


def test_the_calendar_has_each_event_once_a_year_but_not_those_of_replays_alone(
    client: FlaskClient,
) -> None:
    events = {str(one["uid"]): one for one in read_events(client, "/calendars/en/all.ics")}
    landing = events["apollo-11/landing@perihelion"]
    assert landing["dtstart"].dt == date(1969, 7, 20)
    assert landing["rrule"] == {"FREQ": ["YEARLY"]}
    assert "http://localhost/e/apollo-11/landing" in landing["description"]
    assert len(events) == 3


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("feb-28", ["2016-02-29", "2017-02-28", "2020-02-29", "2027-02-28", "2028-02-29"]),
        ("mar-1", ["2016-02-29", "2017-03-01", "2020-02-29", "2027-03-01", "2028-02-29"]),
        ("leap-years", ["2016-02-29", None, "2020-02-29", None, "2028-02-29"]),
    ],
)
def test_29_february_returns_by_its_rule(
    client: FlaskClient, tmp_path: Path, rule: str, days: list[str | None]
) -> None:
    from perihelion.service.web.application import create_app  # noqa: PLC0415 - for another schedule

    file = tmp_path / "leap.yaml"
    file.write_text(f"defaults: {{leap_day: {rule}}}\n{SCHEDULE}", encoding="utf-8")
    client = create_app({"PERIHELION_SCHEDULE": str(file)}).test_client()
    (event,) = read_events(client, "/calendars/en/e/year-in-space/handover.ics")
    first = datetime(2016, 2, 29, tzinfo=UTC)
    rule_text = event["rrule"].to_ical().decode()
    for day, year in zip(days, (2016, 2017, 2020, 2027, 2028), strict=True):
        begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC)
        found = rrulestr(rule_text, dtstart=first).between(begin, end, inc=True)
        assert [one.date().isoformat() for one in found] == ([day] if day else [])


def test_the_round_anniversaries_have_days_of_their_own(
    client: FlaskClient, clock: FixedClock
) -> None:
    clock.instant = datetime(2025, 3, 1, tzinfo=UTC)
    (event,) = read_events(client, "/calendars/en/round.ics")
    assert str(event["uid"]) == "year-in-space/handover-10-years@perihelion"
    assert event["dtstart"].dt == date(2026, 2, 28)
    assert str(event["summary"]) == "10 years: Scott Kelly hands over command"


@pytest.mark.parametrize(
    ("path", "number"),
    [("m/apollo-11", 2), ("p/neil-armstrong", 2), ("p/scott-kelly", 1), ("e/apollo-11/launch", 1)],
)
def test_a_mission_a_person_and_an_event_have_calendars(
    client: FlaskClient, path: str, number: int
) -> None:
    assert len(read_events(client, f"/calendars/es/{path}.ics")) == number


def test_an_unchanged_day_has_the_same_bytes(
    client: FlaskClient,
) -> None:
    first = client.get("/calendars/en/all.ics").get_data()
    assert client.get("/calendars/en/all.ics").get_data() == first


def test_programs_get_the_same_as_json(client: FlaskClient) -> None:
    today = client.get("/api/v1/today?lang=de").get_json()["anniversaries"]
    assert [(one["id"], one["count"], one["unit"]) for one in today] == [
        ("apollo-11/landing", 57, "years")
    ]
    assert today[0]["title"] == "Apollo 11 landet auf dem Mond"
    assert today[0]["instant"] == "1969-07-20T20:17:00Z"
    on = client.get("/api/v1/on/07-16.json").get_json()["events"]
    assert [one["id"] for one in on] == ["apollo-11/launch"]
    assert (
        client.get("/api/v1/week").get_json()["anniversaries"]
        == client.get("/api/v1/today").get_json()["anniversaries"]
    )
    assert client.get("/api/v1/milestones").get_json() == {"anniversaries": []}


def test_a_day_that_a_rule_gives_and_a_day_long_ago_return_each_year(
    tmp_path: Path, clock: FixedClock
) -> None:
    from perihelion.service.web.application import create_app  # noqa: PLC0415 - for another schedule

    file = tmp_path / "rules.yaml"
    rule = "FREQ=YEARLY;BYMONTH=1;BYDAY=4TH"
    file.write_text(
        "missions:\n  - id: days\n    name: Days\n    events:\n"
        f"      - {{id: a, at: 1967-01-27, title: A, sources: s, observe: {rule}}}\n"
        "      - {id: b, at: 0079-08-24, title: B, sources: s}\n",
        encoding="utf-8",
    )
    client = create_app({"PERIHELION_SCHEDULE": str(file)}, clock).test_client()
    ruled, ancient = read_events(client, "/calendars/en/all.ics")
    assert ruled["dtstart"].dt == date(1968, 1, 25)
    assert set(ruled["rrule"].to_ical().decode().split(";")) == set(rule.split(";"))
    assert ancient["dtstart"].dt == date(79, 8, 24)
    assert b"28 January 2027" in client.get("/e/days/a").get_data()
