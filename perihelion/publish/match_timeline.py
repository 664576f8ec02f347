"""Which anniversary a post on a timeline is about. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

from perihelion.compose.text_comparison import is_near_text
from perihelion.compose.text_length import strip_mention_hosts
from perihelion.publish.planner import make_delivery_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.deliveries import DeliveryKey
    from perihelion.model.missions import Event, Translation
    from perihelion.networks.base import PublishedPost

MAX_TITLE_DISTANCE = timedelta(days=2)
"""How far from its due instant a post may be and still be matched by its title alone."""

MIN_LEAD_LENGTH = 20
"""How long the words around `{ago}` must be to name an event, in characters."""


@dataclass(frozen=True)
class Candidate:
    """A post that may have been made: when it was due, and its text as of today."""

    due: DueAnniversary
    text: str

    @cached_property
    def normalized_text(self) -> str:
        """The text as it is compared."""
        return normalize_text(self.text)

    @cached_property
    def normalized_titles(self) -> tuple[str, ...]:
        """What tells the event in every language, as it is compared: its title, or its lead."""
        event = self.due.anniversary.event
        every: tuple[Event | Translation, ...] = (
            event,
            *(words for _language, words in event.translations),
        )
        titles = [words.title for words in every]
        leads = [max(words.lead.split("{ago}"), key=len) for words in every]
        told = [lead for lead in leads if len(lead) >= MIN_LEAD_LENGTH]
        return tuple(normalize_text(one) for one in (*titles, *told) if one)

    @cached_property
    def token(self) -> str:
        """What a network may have kept with the post."""
        return make_delivery_key(self.due).token


def match_posts(
    published: Iterable[PublishedPost], candidates: Sequence[Candidate]
) -> list[tuple[DueAnniversary, PublishedPost]]:
    """Each candidate that is on the timeline, with its post.

    Matched by the token where the network keeps it; or by the whole text; or, since a template or
    a title may have been corrected, by the event's title or nearly the whole text close to the day,
    as a look-up does. A post matches one candidate
    only, the likeliest: what is taken for sent is never posted.
    """
    pairs = [
        (*ranking, candidate, post)
        for post in published
        for candidate, ranking in _find_matches(post, normalize_text(post.text), candidates)
    ]
    found: dict[DeliveryKey, tuple[DueAnniversary, PublishedPost]] = {}
    matched_ids: set[str] = set()
    for _how, _length, _far, candidate, post in sorted(pairs, key=itemgetter(0, 1, 2)):
        key = make_delivery_key(candidate.due)
        if key not in found and post.receipt.id not in matched_ids:
            found[key] = (candidate.due, post)
            matched_ids.add(post.receipt.id)
    return list(found.values())


def _find_matches(
    post: PublishedPost, text: str, candidates: Sequence[Candidate]
) -> Iterator[tuple[Candidate, tuple[int, int, timedelta]]]:
    """The candidates that a post may be about; the lower (how, title, distance), the likelier."""
    for candidate in candidates:
        distance = abs(post.posted_at - candidate.due.at)
        if post.token and post.token == candidate.token:
            yield candidate, (0, 0, distance)
        elif text == candidate.normalized_text:
            yield candidate, (1, 0, distance)
        elif distance <= MAX_TITLE_DISTANCE:
            lengths = [len(title) for title in candidate.normalized_titles if title in text]
            if lengths:
                yield candidate, (2, -max(lengths), distance)
            elif is_near_text(post.text, candidate.text):
                yield candidate, (3, 0, distance)


def normalize_text(text: str) -> str:
    """The text as it is compared: composed, case folded, every run of white space one space.

    Without invisible characters, one of which keeps a name from being a mention, and without the
    servers of those who are mentioned, which Mastodon does not show.
    """
    seen = "".join(c for c in strip_mention_hosts(text) if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFC", seen).casefold().split())
