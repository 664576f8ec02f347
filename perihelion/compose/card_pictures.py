"""A post's card as its picture."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from perihelion.compose.cards.card_choice import build_card
from perihelion.compose.text_fitting import shorten_text
from perihelion.model.errors import CardNotDrawn
from perihelion.model.posts import Media

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.compose.cards.card import Card
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.posts import Limits


def make_card_picture(
    anniversary: Anniversary,
    account: Account,
    limits: Limits,
    context: Mapping[str, Any],
    *,
    draws: bool,
) -> tuple[Media, ...]:
    """The card of a post that has no other picture, if it gets one; `context` is the templates'.

    Without `draws` it has its alt text and no bytes. A network that fetches pictures itself gets
    none: a card has no address. Raises CardNotDrawn.
    """
    if not limits.pictures or limits.fetches_pictures:
        return ()
    card = build_card(anniversary, account, context, square=limits.square_pictures)
    if card is None:
        return ()
    alt = shorten_text(card.alt, limits.alt_length)
    if not draws:
        return (Media("", alt),)
    data = _draw(card, f"{anniversary.event.full_id} on {account.name}")
    return (Media("", alt, sha256=sha256(data).hexdigest(), data=data),)


def _draw(card: Card, subject: str) -> bytes:
    from perihelion.compose.cards.drawing import draw_card  # noqa: PLC0415 - Pillow is heavy

    try:
        return draw_card(card)
    except Exception as error:  # a missing or damaged file makes Pillow raise almost anything
        problem = getattr(error, "strerror", None) or repr(error)
        raise CardNotDrawn(subject, problem) from error
