"""Agencies and places have pages, calendars and feeds, as missions and people do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import feedparser
import pytest
from icalendar import Calendar

if TYPE_CHECKING:
    from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("path", "name", "latest"),
    [
        ("m/apollo-11", "Apollo 11", "landing"),
        ("p/neil-armstrong", "Neil Armstrong", "landing"),
        ("a/nasa", "NASA", "landing"),
        ("l/houston", "Houston", "handover"),
        ("e/apollo-11/launch", "Apollo 11 leaves for the Moon", "launch"),
    ],
)
def test_each_has_a_feed_of_its_latest_anniversaries_that_its_page_names(
    client: FlaskClient, path: str, name: str, latest: str
) -> None:
    assert f'href="/feeds/en/{path}.atom"' in client.get(f"/{path}").get_data(as_text=True)
    feed = feedparser.parse(client.get(f"/feeds/en/{path}.atom").get_data())
    assert not feed.bozo
    assert feed.feed.title == name
    assert feed.feed.link == f"http://localhost/{path}"
    assert feed.feed.id == f"http://localhost/feeds/en/{path}.atom"
    assert f"/{latest}/" in feed.entries[0].id
    assert [one.updated for one in feed.entries] == sorted(
        (one.updated for one in feed.entries), reverse=True
    )


@pytest.mark.parametrize(("path", "number"), [("a/nasa", 2), ("l/houston", 1)])
def test_each_has_a_calendar_with_a_colour_and_cards_that_says_when_to_ask_again(
    client: FlaskClient, path: str, number: int
) -> None:
    response = client.get(f"/calendars/de/{path}.ics")
    calendar = Calendar.from_ical(response.get_data())
    assert len(calendar.walk("VEVENT")) == number
    cards = [str(one["image"]) for one in calendar.walk("VEVENT")]
    assert {one["image"].params["VALUE"] for one in calendar.walk("VEVENT")} == {"URI"}
    for card in cards:
        assert client.get(card.removeprefix("http://localhost")).mimetype == "image/jpeg"
    assert calendar["color"] == "midnightblue"
    assert calendar["refresh-interval"].to_ical() == b"P1D"
    assert calendar["refresh-interval"].params["VALUE"] == "DURATION"


def test_an_event_leads_to_its_place_and_a_mission_to_its_agencies(client: FlaskClient) -> None:
    event = client.get("/de/e/year-in-space/handover").get_data(as_text=True)
    assert '<a href="/de/l/houston">29. Februar 2016, 14:15, Houston</a>' in event
    mission = client.get("/de/m/apollo-11").get_data(as_text=True)
    assert '<a href="/de/a/nasa">NASA</a>' in mission
