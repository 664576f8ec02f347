"""Events' cards as the pictures of link previews, drawn when they are first asked for."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort

from perihelion.compose.cards.link_card import build_link_card
from perihelion.service.web.words import LANGUAGES

if TYPE_CHECKING:
    from perihelion.compose.cards.card import Card
    from perihelion.model.missions import Event
    from perihelion.service.web.view import WebContext

MAX_CARDS = 64
"""How many are kept in memory, at about 90 kB each."""

MAX_AGE_SECONDS = 86_400


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
    text = context.choose_text(event, language)
    return build_link_card(event, text.title, text.people, text.language)


def find_card_address(context: WebContext, event: Event, language: str) -> str:
    """Where the card of an event's page is; empty if there can be none."""
    if build_page_card(context, event, language) is None:
        return ""
    spoken = context.choose_text(event, language).language
    return f"{context.root}/cards/{spoken}/{event.full_id}.jpg"


def _draw(card: Card) -> bytes:
    from perihelion.compose.cards.drawing import (  # noqa: PLC0415 - Pillow is heavy
        encode_picture,
        paint_card,
    )

    return encode_picture(paint_card(card).image)
