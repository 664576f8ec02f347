"""Posts of one account that read alike: the same words again, or one beginning in a row. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import regex

from perihelion.model.posts import hash_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

MAX_ALIKE: Final = 3
"""How many posts in a row may begin alike."""

RETURN_YEARS: Final = 3
RETURN_DAYS: Final = RETURN_YEARS * 366
"""Within how many days an account says nothing twice."""

_BEGINNING_WORDS = 2
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_NUMBER = regex.compile(r"\p{N}+")


class DatedText(NamedTuple):
    """What an account says of `subject`, an event's full id, on `day`."""

    day: date
    subject: str
    text: str


def find_returning_texts(posts: Iterable[DatedText]) -> Iterator[tuple[DatedText, DatedText]]:
    """Each post whose words, but for their numbers, were said too short a time before, and when.

    `posts` are those of one account, by day.
    """
    last: dict[str, DatedText] = {}
    for post in posts:
        key = hash_text(post.text)
        earlier = last.get(key)
        if earlier is not None and (post.day - earlier.day).days <= RETURN_DAYS:
            yield earlier, post
        last[key] = post


def find_alike_beginnings(posts: Sequence[DatedText]) -> Iterator[tuple[DatedText, ...]]:
    """Each run of more than MAX_ALIKE posts that begin alike; `posts` are one account's, by day."""
    for _beginning, run in groupby(posts, lambda post: _get_beginning(post.text)):
        alike = tuple(run)
        if len(alike) > MAX_ALIKE:
            yield alike


def _get_beginning(text: str) -> tuple[str, ...]:
    """The first words, without case; "50 years" begins as "49 years" does."""
    words = _WORD.findall(_NUMBER.sub("0", text.casefold()[:100]))
    return tuple(words[:_BEGINNING_WORDS])
