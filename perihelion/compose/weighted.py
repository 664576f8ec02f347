"""How X counts: the weighted length of twitter-text, configuration version 3.

A text is normalised to NFC; a link counts 23, an emoji 2, a character of the ranges below 1 and any
other character 2. Proved against twitter-text's own conformance suite.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

import regex

from perihelion.compose.emoji import EMOJI
from perihelion.compose.tlds import top_level_names

if TYPE_CHECKING:
    from collections.abc import Iterator

URL_WEIGHT: Final = 23
LONGEST_LABEL: Final = 63
NEVER_BEFORE_BARE: Final = frozenset("-_./")
MOST_LABELS: Final = 20
"""Of a host, above its domain. The DNS allows 127, but then a hostile text takes seconds."""
LONGEST_URL: Final = 4096
LONGEST_SHORTENED: Final = 40
"""Of the last part of a t.co link; what is longer is no link."""

_HEAVY = re.compile(r"[^\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")
_LIGHT_EMOJI = ("\u00a9", "\u00ae")
"""The only emoji without a heavy character."""
_WEIGHS_TWO = "\u4e00"
_MAYBE_LINK = regex.compile(r"(?<!\S)\S*?\.[^\s.]\S*")
"""A word with a dot inside: no link is without one, and most words need no closer look."""

_MARKS = r"\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069"
_NEVER = r"\uFFFE\uFEFF\uFFFF"
_LETTER = rf"[^\s{_MARKS}{_NEVER}!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~$]"
_LATIN = (
    r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268"
    r"\u026F\u0272\u0289\u028B\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
_PATH = rf"[a-z0-9\u0400-\u04FF{_LATIN}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PATH_END = rf"[a-z0-9\u0400-\u04FF{_LATIN}=_\#/+\-]"
_PARENTHESES = rf"\((?:{_PATH}+|{_PATH}*\({_PATH}+\){_PATH}*)\)"
_QUERY = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"
_TOP = rf"(?={_LETTER}{{2}})(?:\L<names>(?![0-9a-z@+\-])|xn--[\-0-9a-z]+)"


@cache
def _link() -> regex.Pattern[str]:
    """The pattern of a link; built on first use, because its table of names is long."""
    return regex.compile(
        rf"""
        (?P<before> ^|[^a-z0-9@$\#\uFF20\uFF03{_NEVER}] )
        (?P<scheme> https?:// )?
        (?P<host>
            (?: {_LETTER}(?:[_\-]*{_LETTER})*+\. ){{0,{MOST_LABELS}}}
            {_LETTER}(?:-*{_LETTER})*+\.
            {_TOP}
        )
        (?: :[0-9]+ )?
        (?P<path> / (?:{_PATH}*(?:{_PATH_END}|{_PARENTHESES}))*+ )?
        (?: {_QUERY} )?
        """,
        regex.VERBOSE | regex.IGNORECASE,
        names=top_level_names(),
    )


@cache
def _bare() -> regex.Pattern[str]:
    """The pattern of what is shortened without http(s): a domain in Latin letters."""
    return regex.compile(
        rf"(?:[\-a-z0-9{_LATIN}]+\.)+{_TOP}", regex.IGNORECASE, names=top_level_names()
    )


_SHORTENED = regex.compile(rf"https?://t\.co/([a-z0-9]+)(?:{_QUERY})?", regex.IGNORECASE)


def weighted_length(text: str) -> int:
    """The weighted length of `text`, of which X takes 280."""
    text = unicodedata.normalize("NFC", text)
    total, done = 0, 0
    for start, end in links(text):
        total += _weight(text[done:start]) + URL_WEIGHT
        done = end
    return total + _weight(text[done:] if done else text)


def links(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of everything that X shortens: links with http(s) or a bare known domain."""
    for word in _MAYBE_LINK.finditer(text):
        # One character more: what stands before a link decides, and is used up by deciding.
        for match in _link().finditer(text, max(word.start() - 1, 0), word.end()):
            start, end = match.end("before"), match.end()
            if not _is_host(match["host"]) or end - start > LONGEST_URL:
                continue
            if match["scheme"]:
                yield from _with_scheme(text[start:end], start)
            elif match["before"] not in NEVER_BEFORE_BARE:
                yield from _without_scheme(match)


def _with_scheme(url: str, start: int) -> Iterator[tuple[int, int]]:
    shortened = _SHORTENED.match(url)
    if shortened is None:
        yield start, start + len(url)
    elif len(shortened[1]) <= LONGEST_SHORTENED:
        yield start, start + shortened.end()


def _without_scheme(match: regex.Match[str]) -> Iterator[tuple[int, int]]:
    """The domains in Latin letters; a path belongs to the last, a query only behind a path."""
    domains = [one.span() for one in _bare().finditer(match.string, *match.span("host"))]
    yield from domains[:-1]
    for start, end in domains[-1:]:
        yield start, match.end() if match["path"] else end


def has_known_name(host: str) -> bool:
    """Whether `host` (without a port) ends in a name of the root zone."""
    name = host.lower().rpartition(".")[2]
    return name.startswith("xn--") or name in _names()


@cache
def _names() -> frozenset[str]:
    return top_level_names()


def _is_host(host: str) -> bool:
    return all(_is_label(label) for label in host.lower().split("."))


def _is_label(label: str) -> bool:
    """Whether a part of a host name is short enough for the DNS, in its ASCII form."""
    if label.isascii():
        return len(label) <= LONGEST_LABEL
    return not label.startswith("xn--") and len(label.encode("punycode")) + 4 <= LONGEST_LABEL


def _weight(text: str) -> int:
    """The weight of a text without links."""
    if not _HEAVY.search(text) and not any(sign in text for sign in _LIGHT_EMOJI):
        return len(text)
    text = EMOJI.sub(_WEIGHS_TWO, text)
    return len(text) + len(_HEAVY.findall(text))
