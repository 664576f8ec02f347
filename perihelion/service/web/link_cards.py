"""Events' cards as the pictures of link previews, drawn when they are first asked for."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from io import BytesIO
from itertools import product
from multiprocessing import get_context
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, abort

from perihelion.compose.cards.link_card import build_link_card
from perihelion.service.web.words import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.compose.cards.card import Card
    from perihelion.model.missions import Event
    from perihelion.service.web.view import WebContext

MAX_CARDS = 64
"""How many are kept in memory, at about 65 kB each."""

JPEG_QUALITY = 80

MAX_AGE_SECONDS = 86_400


class PagePicture(NamedTuple):
    """What a page shows with an event: where it is, what it shows, and its pixels if known."""

    path: str
    alt: str
    size: tuple[int, int] | None


def make_link_cards(context: WebContext) -> Blueprint:
    """The blueprint of `/cards/LANGUAGE/MISSION/EVENT.jpg`."""
    blueprint = Blueprint("link-cards", __name__)
    lock = Lock()  # drawing takes tens of megabytes, so that one is drawn at a time
    draw = lru_cache(maxsize=MAX_CARDS)(_draw)

    @blueprint.route("/cards/<language>/<mission>/<event>.jpg")
    def send_card(language: str, mission: str, event: str) -> Response:
        found = context.site.events.get(f"{mission}/{event}")
        if found is None or language not in LANGUAGES:
            abort(404)
        card = build_page_card(context, found, language) or abort(404)
        with lock:
            data = draw(card)
        headers = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"}
        return Response(data, content_type="image/jpeg", headers=headers)

    return blueprint


def build_page_card(context: WebContext, event: Event, language: str) -> Card | None:
    """The card of an event's page in `language`; None if there can be none."""
    if not context.has_cards:
        return None
    text = context.choose_text(event, language)
    return build_link_card(event, text.title, text.people, text.language)


def find_card(context: WebContext, event: Event, language: str) -> PagePicture | None:
    """Where the card of an event's page is; None if there can be none."""
    card = build_page_card(context, event, language)
    if card is None:
        return None
    return PagePicture(_find_path(context, event, language), card.alt, card.size)


def find_picture(context: WebContext, event: Event, language: str) -> PagePicture | None:
    """An event's own first picture, else its card."""
    if not event.pictures:
        return find_card(context, event, language)
    alts = context.choose_text(event, language).alts
    return PagePicture(f"/media/{event.pictures[0].file}", alts[0], None)


def _find_path(context: WebContext, event: Event, language: str) -> str:
    spoken = context.choose_text(event, language).language
    return f"/cards/{spoken}/{event.full_id}.jpg"


def write_cards(context: WebContext, folder: Path) -> None:
    """Draw the cards of all pages into `folder`, where their addresses say; on all processors."""
    cards = {}
    for event, language in product(context.site.events.values(), LANGUAGES):
        card = build_page_card(context, event, language)
        if card is not None:
            cards[folder / _find_path(context, event, language).lstrip("/")] = card
    for parent in {file.parent for file in cards}:
        parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as executor:
        for _ in executor.map(_write_card, cards, cards.values(), chunksize=16):
            pass  # an error of a process is raised here


def _write_card(file: Path, card: Card) -> None:
    file.write_bytes(_draw(card))


def _draw(card: Card) -> bytes:
    """A smaller file than a post's card: it is only ever shown reduced."""
    from perihelion.compose.cards.drawing import paint_card  # noqa: PLC0415 - Pillow is heavy

    file = BytesIO()
    paint_card(card).image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
