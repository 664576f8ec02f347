"""Which anniversary a post on a timeline tells of. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.publish.plan import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perihelion.model.anniversaries import Due
    from perihelion.networks.base import Published

NEAR = timedelta(days=2)
"""How far from its due instant a post may stand and still be taken for it by its title alone."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that may have been made: when it was due, and how it would be worded today."""

    due: Due
    text: str


def recognise(
    published: Iterable[Published], candidates: Sequence[Candidate]
) -> list[tuple[Due, Published]]:
    """Each candidate that stands on the timeline, with the post that tells of it.

    By the token where the network keeps it; else by the whole text; else, so that a mended
    template does not hide it, by the event's title close to the day.
    """
    posts = list(published)
    by_token = {post.token: post for post in posts if post.token}
    by_text = {plain(post.text): post for post in reversed(posts)}
    found = []
    for candidate in candidates:
        post = (
            by_token.get(key_of(candidate.due).token)
            or by_text.get(plain(candidate.text))
            or _by_title(candidate.due, posts)
        )
        if post is not None:
            found.append((candidate.due, post))
    return found


def _by_title(due: Due, posts: Sequence[Published]) -> Published | None:
    event = due.anniversary.event
    titles = [event.title, *(words.title for _language, words in event.translations if words.title)]
    wanted = [plain(title) for title in titles]
    for post in posts:
        text = plain(post.text)
        if abs(post.posted_at - due.at) <= NEAR and any(title in text for title in wanted):
            return post
    return None


def plain(text: str) -> str:
    """The text as it is compared: composed, case folded, every run of white space one space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
