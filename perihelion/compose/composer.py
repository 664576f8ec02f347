"""An anniversary + an account + its network's limits → the exact post."""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from perihelion.compose.card_pictures import make_card_picture
from perihelion.compose.departure import count_days_late
from perihelion.compose.entities import find_hashtags, find_links
from perihelion.compose.localized_text import LocalizedText, choose_localized_text
from perihelion.compose.mentions import neutralize_mentions
from perihelion.compose.template_context import build_template_context, clean_line
from perihelion.compose.text_fitting import (
    normalize_text,
    select_longest_fitting,
    shorten_text,
)
from perihelion.model.accounts import LinkRule
from perihelion.model.missions import MEMORIAL_KIND
from perihelion.model.moments import Precision
from perihelion.model.posts import Media, Post

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from perihelion.compose.templates import Templates
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event, Picture
    from perihelion.model.posts import Limits

REPLAY_KIND = "replay"
"""The template of a replay, whatever the kind of the event."""


def compose_post(  # noqa: PLR0913 - a post depends on all of these, and hides none in a global
    anniversary: Anniversary,
    account: Account,
    limits: Limits,
    templates: Templates,
    *,
    language: str,
    created_at: datetime,
    media_root: Path | None = None,
    draws_cards: bool = True,
) -> Post:
    """Word `anniversary` for `account`, so that `limits` take it whole.

    `language` is the schedule's own; `created_at` an aware instant, normally the one it is due
    at; `media_root` the folder that the schedule's picture files are relative to. Without
    `draws_cards`, cards are described and not drawn. The same arguments always give the same post.
    Raises CompositionError.
    """
    event = anniversary.event
    localized = choose_localized_text(
        event, account, language, templates.has_language, is_replay=anniversary.is_replay
    )
    subject = f"{event.full_id} on {account.name}"
    is_next_part = anniversary.part > 1
    pictures = () if is_next_part else _select_pictures(event, localized, limits, media_root)
    at_the_minute = anniversary.instant is not None and _is_same_minute(
        created_at, anniversary.instant
    )
    credit = _join_credits(pictures)
    context = build_template_context(
        anniversary,
        account,
        localized,
        credit,
        at_the_minute=at_the_minute,
        link_rule=LinkRule.NEVER if limits.links_cost else LinkRule.ROOM,
        several_tags=limits.several_tags,
        days_late=count_days_late(anniversary, account, created_at),
    )
    if not pictures and not is_next_part:
        pictures = make_card_picture(anniversary, account, limits, context, draws=draws_cards)
    handles = event.handles_on(account.network)
    kind = choose_template(anniversary)
    text = select_longest_fitting(
        localized.list_part_wordings(anniversary.part)
        if is_next_part
        else templates.render_wordings(kind, localized.language, context),
        limits,
        with_picture=bool(pictures),
        subject=subject,
        tidy=lambda said: _tidy_wording(said, limits, handles),
    )
    links = tuple(dict.fromkeys(link.value for link in find_links(text)))
    return Post(
        text=text,
        language=localized.language,
        created_at=_format_timestamp(created_at),
        links=links,
        tags=tuple(dict.fromkeys(tag.value for tag in find_hashtags(text))),
        pictures=pictures,
        title=clean_line(localized.title),
        link_title=_find_link_title(event, links) if limits.shows_link_cards else "",
        is_memorial=kind == MEMORIAL_KIND,
        moment=_format_moment(anniversary) if limits.shows_moments else "",
    )


def choose_template(anniversary: Anniversary) -> str:
    """The name of the template that words it."""
    if anniversary.is_replay:
        return REPLAY_KIND
    event = anniversary.event
    return MEMORIAL_KIND if event.speaks_as_memorial else event.kind


def _format_moment(anniversary: Anniversary) -> str:
    """When the event was, if that is known to the minute and its post says how long ago."""
    moment = anniversary.event.moment
    is_told = anniversary.is_counted and moment.precision is not Precision.DAY
    return _format_timestamp(moment.instant) if is_told and moment.instant else ""


def _find_link_title(event: Event, links: tuple[str, ...]) -> str:
    """What the event calls the first of `links`; empty if it has no name for it."""
    titles = {link.url: link.title for link in event.links}
    return clean_line(titles.get(links[0], "")) if links else ""


def _tidy_wording(text: str, limits: Limits, handles: tuple[str, ...]) -> str:
    """`text` without any mention but of `handles`; normalized first, as that may make one."""
    return neutralize_mentions(normalize_text(text), limits.mentions, handles)


def _is_same_minute(created_at: datetime, instant: datetime) -> bool:
    """Whether a post made now leaves at `instant`, to the minute."""
    return abs(created_at - instant) < timedelta(minutes=1)


def _select_pictures(
    event: Event, localized: LocalizedText, limits: Limits, media_root: Path | None
) -> tuple[Media, ...]:
    """As many as the network takes, from the first on, each with as much alt text as it takes."""
    pairs = zip(event.pictures, localized.alts, strict=True)
    return tuple(
        _build_media(picture, shorten_text(alt, limits.alt_length), media_root)
        for picture, alt in islice(pairs, limits.pictures)
    )


def _build_media(picture: Picture, alt: str, media_root: Path | None) -> Media:
    path = str(media_root / picture.file) if media_root else picture.file
    return Media(path, alt, picture.credit, picture.focus)


def _join_credits(pictures: tuple[Media, ...]) -> str:
    """Who made them, each named once."""
    return ", ".join(dict.fromkeys(one.credit for one in pictures if one.credit))


def _format_timestamp(instant: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z. Raises ValueError for a naive time."""
    if instant.tzinfo is None:
        raise ValueError("created_at must say its time zone")
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
