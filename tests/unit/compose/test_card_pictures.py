"""A post without a picture of its own takes its card with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.compose.cards import drawing
from perihelion.compose.composer import compose_post
from perihelion.compose.templates import Templates
from perihelion.model.accounts import Account
from perihelion.model.anniversaries import Anniversary
from perihelion.model.errors import CardNotDrawn
from perihelion.model.missions import Picture
from perihelion.model.posts import Limits
from perihelion.model.units import Unit
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from perihelion.model.missions import Event
    from perihelion.model.posts import Post

SHIPPED = Templates(Path(__file__).resolve().parents[3] / "templates")
ROOMY = Limits(500)
LANDING = make_event(id="landing", at="2016-03-02", title="Scott Kelly lands in Kazakhstan")


def compose(
    event: Event = LANDING,
    limits: Limits = ROOMY,
    *,
    draws_cards: bool = True,
) -> Post:
    return compose_post(
        Anniversary(event, 11, Unit.YEARS, date(2027, 3, 2)),
        Account("mastodon", "mastodon"),
        limits,
        SHIPPED,
        language="en",
        created_at=datetime(2027, 3, 2, 15, tzinfo=UTC),
        draws_cards=draws_cards,
    )


def test_a_post_without_a_picture_has_its_card_and_its_alt_text() -> None:
    (card,) = compose().pictures
    assert card.is_card
    assert card.data is not None
    assert card.sha256 == sha256(card.data).hexdigest()
    assert card.name == f"{card.sha256[:16]}.jpg"
    assert card.alt.startswith("Drawn card: 11 years ago today: Scott Kelly lands in Kazakhstan, ")


def test_a_picture_of_its_own_comes_before_a_card() -> None:
    event = make_event(pictures=(Picture("a.jpg", "One", "NASA"),))
    assert [one.file for one in compose(event).pictures] == ["a.jpg"]


@pytest.mark.parametrize("limits", [Limits(500, pictures=0), Limits(500, fetches_pictures=True)])
def test_a_network_that_can_take_no_card_gets_none(limits: Limits) -> None:
    assert compose(limits=limits).pictures == ()


def test_the_text_leaves_room_as_for_any_picture() -> None:
    limits = Limits(4096, caption_length=100)
    assert len(compose(limits=limits).text) <= 100


def test_an_alt_text_is_no_longer_than_its_network_takes() -> None:
    assert len(compose(limits=Limits(500, alt_length=60)).pictures[0].alt) <= 60


def test_a_card_that_is_only_described_says_the_same_in_the_same_text() -> None:
    drawn, described = compose(), compose(draws_cards=False)
    assert (drawn.text, drawn.pictures[0].alt) == (described.text, described.pictures[0].alt)
    assert described.pictures[0].data is None


def test_a_missing_font_file_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(drawing, "draw_card", fail)
    with pytest.raises(
        CardNotDrawn, match=r"\(No such file or directory\); install Perihelion again"
    ):
        compose()
