"""Drawing a card: the picture, and the bytes of its file."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from perihelion.compose.cards.card import CardKind
from perihelion.compose.cards.memorial import draw_memorial
from perihelion.compose.cards.night import draw_night
from perihelion.compose.cards.replay import draw_replay
from perihelion.compose.cards.years import draw_years

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

    from perihelion.compose.cards.canvas import Canvas
    from perihelion.compose.cards.card import Card

JPEG_QUALITY = 88
_PAINTERS: dict[CardKind, Callable[[Card], Canvas]] = {
    CardKind.NIGHT: draw_night,
    CardKind.YEARS: draw_years,
    CardKind.MEMORIAL: draw_memorial,
    CardKind.REPLAY: draw_replay,
}


@lru_cache(maxsize=8)
def draw_card(card: Card) -> bytes:
    """The card as a JPEG file: the same bytes for equal cards, on the same machine.

    The last few are kept: accounts that speak the same language show the same card.
    """
    return encode_picture(paint_card(card).image)


def paint_card(card: Card) -> Canvas:
    """The card as a picture, with the places of its texts."""
    return _PAINTERS[card.kind](card)


def encode_picture(image: Image) -> bytes:
    """A JPEG with full colour resolution, so that coloured letters have clean edges."""
    file = BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return file.getvalue()
