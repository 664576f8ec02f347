"""The cards that link previews show."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.unit.service.web.conftest import FixedClock


def read_properties(client: FlaskClient, path: str) -> dict[str, str]:
    page = client.get(path).get_data(as_text=True)
    return dict(re.findall(r'<meta property="(og:[\w:]+)" content="(.*?)">', page))


def test_an_event_s_page_names_its_card_and_says_what_is_on_it(client: FlaskClient) -> None:
    named = read_properties(client, "/de/e/apollo-11/landing")
    assert named["og:image"] == "http://localhost/cards/de/apollo-11/landing.jpg"
    assert "Apollo 11 landet auf dem Mond" in named["og:image:alt"]
    assert "20. Juli 1969, 20:17 UTC" in named["og:image:alt"]
    assert "57" not in named["og:image:alt"]
    card = client.get("/cards/de/apollo-11/landing.jpg")
    assert (card.status_code, card.mimetype) == (200, "image/jpeg")
    size = Image.open(BytesIO(card.get_data())).size
    assert size == (int(named["og:image:width"]), int(named["og:image:height"])) == (1200, 675)
    assert "max-age=86400" in card.headers["Cache-Control"]
    known = {"If-None-Match": card.headers["ETag"]}
    assert client.get("/cards/de/apollo-11/landing.jpg", headers=known).status_code == 304


def test_a_card_is_drawn_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/cards/en/apollo-11/launch.jpg").get_data()
    monkeypatch.setattr("perihelion.compose.cards.drawing.paint_card", None)
    assert client.get("/cards/en/apollo-11/launch.jpg").get_data() == first


@pytest.mark.parametrize("path", ["fr/apollo-11/landing", "en/apollo-11/nothing", "en/no/launch"])
def test_there_is_no_card_of_what_does_not_exist(client: FlaskClient, path: str) -> None:
    assert client.get(f"/cards/{path}.jpg").status_code == 404


SMALL = ' width="1200" height="675"'


def test_an_event_without_a_picture_shows_its_card(client: FlaskClient) -> None:
    own = '<img src="/media/eagle.png" alt="Der Adler">'
    page = client.get("/de/e/apollo-11/landing").get_data(as_text=True)
    assert own in page
    assert page.count("<img") == 1
    page = client.get("/de/e/apollo-11/launch").get_data(as_text=True)
    (alt,) = re.findall(rf'<img src="/cards/en/apollo-11/launch.jpg" alt="([^"]+)"{SMALL}>', page)
    assert "Apollo 11 leaves for the Moon" in alt


@pytest.mark.parametrize("path", ["/", "/embed/today"])
def test_today_and_the_frame_show_the_first_event_s_picture_else_its_card(
    client: FlaskClient, clock: FixedClock, path: str
) -> None:
    own = '<img src="/media/eagle.png" alt="Der Adler">'
    assert own in client.get(f"/de{path}").get_data(as_text=True)
    clock.instant = datetime(2026, 7, 16, 9, tzinfo=UTC)
    page = client.get(path).get_data(as_text=True)
    assert re.search(rf'<img src="/cards/en/apollo-11/launch.jpg" alt="[^"]+"{SMALL}>', page)
    clock.instant = datetime(2026, 7, 17, 9, tzinfo=UTC)
    assert "<img" not in client.get(path).get_data(as_text=True)
