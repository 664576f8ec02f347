"""An anniversary + an account + its network's limits → the exact post."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from perihelion.compose.entities import hashtags, links
from perihelion.compose.fit import longest_that_fits
from perihelion.compose.wording import Words, choose_words, facts
from perihelion.model.errors import CompositionError
from perihelion.model.posts import Media, Post

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from perihelion.compose.templates import Templates
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event
    from perihelion.model.posts import Limits


def compose(  # noqa: PLR0913 - a post depends on all of these, and hides none in a global
    anniversary: Anniversary,
    account: Account,
    limits: Limits,
    templates: Templates,
    *,
    language: str,
    created_at: datetime,
    media_root: Path | None = None,
) -> Post:
    """Word `anniversary` for `account`, so that `limits` take it whole.

    `language` is the schedule's own; `created_at` an aware instant, normally the one it is due
    at; `media_root` the folder that the schedule's picture files are relative to. The same
    arguments always give the same post. Raises TemplateFault, DoesNotFit and CompositionError.
    """
    event = anniversary.event
    words = choose_words(event, account, language, templates.speaks)
    subject = f"{event.name} on {account.name}"
    picture = _picture(event, words, limits, media_root, subject)
    text = longest_that_fits(
        templates.wordings(
            event.kind,
            words.language,
            facts(anniversary, account, words, picture.credit if picture else ""),
        ),
        limits,
        with_picture=picture is not None,
        subject=subject,
    )
    return Post(
        text=text,
        language=words.language,
        created_at=_stamp(created_at),
        links=tuple(dict.fromkeys(link.value for link in links(text))),
        tags=tuple(dict.fromkeys(tag.value for tag in hashtags(text))),
        pictures=(picture,) if picture else (),
    )


def _picture(
    event: Event, words: Words, limits: Limits, media_root: Path | None, subject: str
) -> Media | None:
    if event.picture is None or not limits.pictures:
        return None
    if len(words.alt) > limits.alt_length:
        raise CompositionError(
            f"{subject}: its picture's alt text has {len(words.alt)} characters of "
            f"{limits.alt_length}; shorten it"
        )
    file = event.picture.file
    place = str(media_root / file) if media_root else file
    return Media(place, words.alt, event.picture.credit, event.picture.focus)


def _stamp(instant: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z. Raises ValueError for a naive time."""
    if instant.tzinfo is None:
        raise ValueError("created_at must say its time zone")
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
