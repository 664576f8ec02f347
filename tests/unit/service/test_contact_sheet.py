"""A contact sheet shows every picture of a span once, also those that are drawn."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.service.contact_sheet import write_contact_sheet
from perihelion.service.post_preview import PostPreview, draw_cards, preview_posts
from perihelion.service.preview_page import render_preview_page
from perihelion.service.wiring import App, open_app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
SCHEDULE = """
accounts:
  - {network: bluesky}
  - {network: mastodon}
  - {network: telegram}
missions:
  - id: m
    name: Mission
    events:
      - {id: drawn, at: 2016-03-02, title: Kelly lands, sources: a test}
      - id: own
        at: 2016-03-03
        title: Juno arrives
        sources: a test
        picture: {file: juno.png, alt: A probe, credit: NASA}
      - {id: bare, at: 2016-03-04, title: A footnote, importance: 1, sources: a test}
"""


@pytest.fixture
def app(tmp_path: Path) -> App:
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, "utf-8")
    Image.new("RGB", (40, 30), "navy").save(tmp_path / "juno.png")
    return open_app(
        {
            "PERIHELION_STATE": str(tmp_path / "state"),
            "PERIHELION_SCHEDULE": str(tmp_path / "schedule.yaml"),
            "PERIHELION_TEMPLATES": str(ROOT / "templates"),
        }
    )


def list_previews(app: App) -> Iterator[PostPreview]:
    return draw_cards(app, preview_posts(app, app.schedule.accounts, date(2027, 3, 1), 7))


def test_a_picture_that_several_accounts_show_stands_there_once(app: App, tmp_path: Path) -> None:
    folder = tmp_path / "sheet"
    write_contact_sheet(folder, list_previews(app), "a week")
    page = (folder / "index.html").read_text("utf-8")
    assert page.count("<img ") == 3, "a wide card, a square one for Telegram, and Juno's picture"
    assert "m/drawn · bluesky, mastodon" in page
    assert "m/own · bluesky, mastodon, telegram" in page
    sizes = []
    for file in folder.glob("*.jpg"):
        with Image.open(file) as image:
            sizes.append(image.size)
    assert sorted(sizes) == [(1080, 1080), (1200, 675)]


def test_a_preview_page_holds_the_cards_themselves(app: App) -> None:
    page = render_preview_page(list_previews(app), "a week")
    assert page.count('src="data:image/jpeg;base64,') == 2
    assert "juno.png" in page


def test_a_preview_draws_nothing_unless_it_is_asked_to(app: App) -> None:
    previews = list(preview_posts(app, app.schedule.accounts, date(2027, 3, 1), 7))
    cards = [o for one in previews if one.post for o in one.post.pictures if o.is_card]
    assert cards
    assert all(card.data is None and card.alt for card in cards)
