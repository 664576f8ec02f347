"""Links and hashtags in a text, as spans of code points: what networks mark up.

Networks that want bytes or UTF-16 units convert the offsets themselves.
"""

from __future__ import annotations

from typing import NamedTuple

import regex

_EXCLUDED_CHARACTERS = r"\s\p{C}<>\"“”„«»\u2039\u203A"
_LINK = regex.compile(
    rf"""
    (?<![\p{{L}}\p{{M}}\p{{N}}_])https?://
    [^{_EXCLUDED_CHARACTERS}/?\#,;()|\\^`]+                       # host, port
    (?:[/?\#](?:[^{_EXCLUDED_CHARACTERS}]|[\u200C\u200D])*)?  # Persian and emoji need them
    """,
    regex.IGNORECASE | regex.VERBOSE,
)
_HASHTAG = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&/#\uFF03])[#\uFF03]([\p{L}\p{M}\p{N}_]+)")
_LETTER = regex.compile(r"\p{L}")
_TRAILING = ".,;:!?'’‘*_~`–—…。，、！？：；｡､؟،؛۔।॥\u200c\u200d"  # noqa: RUF001 - sentences end so in other scripts
_BRACKETS = dict(zip(")]}）］】」｣』》〉〕", "([{（［【「｢『《〈〔", strict=True))  # noqa: RUF001 - as above


class Span(NamedTuple):
    """`text[start:end]`, in code points; `value` is the link, or the hashtag without its #."""

    start: int
    end: int
    value: str


def find_links(text: str) -> tuple[Span, ...]:
    """Every http(s) link, without the punctuation that belongs to the sentence around it.

    A closing bracket belongs to the link only if the link opens it. Paths may be in any script.
    """
    found: list[Span] = []
    if "://" not in text:
        return ()
    for match in _LINK.finditer(text):
        url = _strip_punctuation(match.group())
        if not url.endswith("/") or url.count("/") > len("//"):
            found.append(Span(match.start(), match.start() + len(url), url))
    return tuple(found)


def find_hashtags(text: str) -> tuple[Span, ...]:
    """Every hashtag: letters, marks, digits and underscores, at least one letter, not in a link."""
    if "#" not in text and "\uff03" not in text:
        return ()
    taken = find_links(text)
    return tuple(
        Span(match.start(), match.end(), match[1])
        for match in _HASHTAG.finditer(text)
        if _LETTER.search(match[1])
        and not any(a < match.end() and match.start() < b for a, b, _ in taken)
    )


def _strip_punctuation(url: str) -> str:
    while url:
        last = url[-1]
        opening = _BRACKETS.get(last)
        unopened = opening is not None and url.count(last) > url.count(opening)
        if last not in _TRAILING and not unopened:
            break
        url = url[:-1]
    return url
