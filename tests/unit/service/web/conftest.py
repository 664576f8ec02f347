"""The website over a small schedule, on a day that the tests choose."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.service.clock import SystemClock
from perihelion.service.web.application import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

SCHEDULE = """\
missions:
  - id: apollo-11
    name: Apollo 11
    agencies: [NASA]
    tags: [Apollo]
    events:
      - id: launch
        at: 1969-07-16T13:32:00Z
        kind: launch
        title: Apollo 11 leaves for the Moon
        people: [Neil Armstrong, Buzz Aldrin, Michael Collins]
        sources: a log
      - id: landing
        at: 1969-07-20T20:17Z
        clock: spacecraft
        title: Apollo 11 lands & "rests" <safely>
        text: The Eagle landed.
        people: [Neil Armstrong, Buzz Aldrin]
        importance: 5
        links: [{url: "https://www.nasa.gov/apollo11", title: NASA's page}]
        listen: [{url: "https://apolloinrealtime.org/11/", title: Apollo 11 in real time}]
        read: https://www.nasa.gov/history/alsj/a11/a11.landing.html
        sources: [a log, {title: NASA's history, url: "https://history.nasa.gov/a11"}]
        picture: {file: eagle.png, alt: The Eagle, credit: NASA}
        translations:
          de: {title: Apollo 11 landet auf dem Mond, text: Der Adler ist gelandet., alt: Der Adler}
  - id: year-in-space
    name: One-Year Mission
    place: {name: Houston, zone: America/Chicago}
    replay: [11]
    counter: {from: start, to: handover}
    events:
      - id: start
        at: 2016-02-27
        title: The last days begin
        only: replay
        sources: a log
      - id: talk
        at: 2016-02-28T12:00Z
        title: They talk to a school
        now: A school calls.
        only: replay
        sources: a log
      - id: handover
        at: 2016-02-29T20:15Z
        title: Scott Kelly hands over command
        people: [Scott Kelly, Gérard Müller]
        sources: a log
"""


class FixedClock(SystemClock):
    """A clock that stands still until a test sets `instant`."""

    instant = datetime(2026, 7, 20, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    real_now = now


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def client(tmp_path: Path, clock: FixedClock) -> FlaskClient:
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")
    Image.new("RGB", (8, 8), "navy").save(tmp_path / "eagle.png")
    (tmp_path / "secret.txt").write_text("nobody sees this", encoding="utf-8")
    environ = {"PERIHELION_SCHEDULE": str(tmp_path / "schedule.yaml")}
    return create_app(environ, clock).test_client()
