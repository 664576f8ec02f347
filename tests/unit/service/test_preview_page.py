"""The page of `preview --html` shows each post as its network does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.service.post_preview import preview_posts, select_accounts
from perihelion.service.preview_page import render_preview_page
from perihelion.service.wiring import open_app
from tests.fakes.bot_installation import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCHEDULE = """\
accounts:
  - {network: bluesky, cards: none}
  - {network: discord, cards: none}
  - {network: discord, name: plain, options: {layout: text}, cards: none}
missions:
  - id: m
    name: Mission
    events:
      - id: landing
        at: 2016-03-02T10:00Z
        title: Mission lands
        text: It was late.
        sources: a test
        links: [{url: "https://example.org/landing", title: How it landed}]
"""


@pytest.fixture
def page(tmp_path: Path) -> str:
    file = tmp_path / "schedule.yaml"
    file.write_text(SCHEDULE, encoding="utf-8")
    app = open_app(
        {"PERIHELION_SCHEDULE": str(file), "PERIHELION_TEMPLATES": str(ROOT / "templates")}
    )
    day = app.schedule.events[0].moment.day.replace(year=2027)
    accounts = [*select_accounts(app, "bluesky"), *select_accounts(app, "discord")]
    return render_preview_page(preview_posts(app, accounts, day, 1), "a day")


def test_an_embed_has_a_title_and_the_readers_own_clock(page: str) -> None:
    assert page.count('<div class="text embed') == 1, "the account `plain` has none"
    _, _, embed = page.partition('<div class="text embed')
    embed, _, _ = embed.partition("</div>")
    assert "<strong>Mission" in embed
    assert "2016-03-02 10:00 UTC</time>, by each reader" in embed


def test_a_link_card_has_the_title_of_the_link(page: str) -> None:
    assert "How it landed<span>example.org</span>" in page
