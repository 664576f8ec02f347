"""The page of a replay unrolls as the mission happens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.unit.service.web.conftest import FixedClock

PATH = "/r/year-in-space"
SCHOOL = "They talk to a school"


def test_it_says_when_a_replay_begins_that_has_not_begun(client: FlaskClient) -> None:
    page = client.get(PATH).get_data(as_text=True)
    assert "It has not begun yet." in page
    assert "27 February 2027 to 28 February 2027" in page
    assert "each moment 11 years later" in page
    assert SCHOOL not in page


def test_each_moment_appears_when_it_comes_on_a_page_that_was_asked_for_before(
    client: FlaskClient, clock: FixedClock
) -> None:
    clock.instant = datetime(2027, 2, 28, 11, 59, tzinfo=UTC)
    before = client.get(PATH)
    assert SCHOOL not in before.get_data(as_text=True)
    assert "Day 2 of 2" in before.get_data(as_text=True)
    assert "28 February 2027, 12:00 UTC" in before.get_data(as_text=True)
    clock.instant = datetime(2027, 2, 28, 12, 0, tzinfo=UTC)
    after = client.get(PATH, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert SCHOOL in after.get_data(as_text=True)
    assert "A school calls." in after.get_data(as_text=True)


def test_after_the_end_the_mission_s_page_does_not_lead_to_it(
    client: FlaskClient, clock: FixedClock
) -> None:
    assert f'href="{PATH}"' in client.get("/m/year-in-space").get_data(as_text=True)
    clock.instant = datetime(2027, 3, 1, tzinfo=UTC)
    assert client.get(PATH).status_code == 404
    assert f'href="{PATH}"' not in client.get("/m/year-in-space").get_data(as_text=True)
