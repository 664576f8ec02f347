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
from perihelion.compose.top_level_domains import list_top_level_domains

if TYPE_CHECKING:
    from collections.abc import Iterator

URL_WEIGHT: Final = 23
MAX_LABEL_LENGTH: Final = 63
FORBIDDEN_BEFORE_BARE_DOMAIN: Final = frozenset("-_./")
MAX_LABELS: Final = 20
"""Of a host, above its domain. The DNS allows 127, but then a hostile text takes seconds."""
MAX_URL_LENGTH: Final = 4096
MAX_SHORTENED_LENGTH: Final = 40
"""Of the last part of a t.co link; anything longer is not a link."""

_DOUBLE_WEIGHT = re.compile(r"[^\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")
_SINGLE_WEIGHT_EMOJI = ("\u00a9", "\u00ae")
"""The only emoji without a heavy character."""
_DOUBLE_WEIGHT_PLACEHOLDER = "\u4e00"
_MAYBE_LINK = regex.compile(r"(?<!\S)\S*?\.[^\s.]\S*")
"""A word with a dot inside: no link is without one, and most words need no closer look."""

_DIRECTIONAL_MARKS = r"\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069"
_INVALID_CHARACTERS = r"\uFFFE\uFEFF\uFFFF"
_DOMAIN_CHARACTER = (
    rf"[^\s{_DIRECTIONAL_MARKS}{_INVALID_CHARACTERS}!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~$]"
)
_LATIN = (
    r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268"
    r"\u026F\u0272\u0289\u028B\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
_PATH = rf"[a-z0-9\u0400-\u04FF{_LATIN}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PATH_END = rf"[a-z0-9\u0400-\u04FF{_LATIN}=_\#/+\-]"
_PARENTHESES = rf"\((?:{_PATH}+|{_PATH}*\({_PATH}+\){_PATH}*)\)"
_QUERY = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"
_TOP_LEVEL_DOMAIN = rf"(?={_DOMAIN_CHARACTER}{{2}})(?:\L<names>(?![0-9a-z@+\-])|xn--[\-0-9a-z]+)"


@cache
def _link_pattern() -> regex.Pattern[str]:
    """The pattern of a link; built on first use, because its table of names is long."""
    return regex.compile(
        rf"""
        (?P<before> ^|[^a-z0-9@$\#\uFF20\uFF03{_INVALID_CHARACTERS}] )
        (?P<scheme> https?:// )?
        (?P<host>
            (?: {_DOMAIN_CHARACTER}(?:[_\-]*{_DOMAIN_CHARACTER})*+\. ){{0,{MAX_LABELS}}}
            {_DOMAIN_CHARACTER}(?:-*{_DOMAIN_CHARACTER})*+\.
            {_TOP_LEVEL_DOMAIN}
        )
        (?: :[0-9]+ )?
        (?P<path> / (?:{_PATH}*(?:{_PATH_END}|{_PARENTHESES}))*+ )?
        (?: {_QUERY} )?
        """,
        regex.VERBOSE | regex.IGNORECASE,
        names=list_top_level_domains(),
    )


@cache
def _bare_domain_pattern() -> regex.Pattern[str]:
    """The pattern of what is shortened without http(s): a domain in Latin letters."""
    return regex.compile(
        rf"(?:[\-a-z0-9{_LATIN}]+\.)+{_TOP_LEVEL_DOMAIN}",
        regex.IGNORECASE,
        names=list_top_level_domains(),
    )


_SHORTENED_URL = regex.compile(rf"https?://t\.co/([a-z0-9]+)(?:{_QUERY})?", regex.IGNORECASE)

_USERNAME = regex.compile(
    rf"""
    (?: (?<![a-zA-Z0-9_!\#$%&*@\uFF20]) | (?<=(?:^|[^a-zA-Z0-9_+~.\-])[rR][tT]) )
    [@\uFF20] [a-zA-Z0-9_]{{1,20}}+ (?:/[a-zA-Z][a-zA-Z0-9_\-]{{0,24}})?+
    (?! [@\uFF20{_LATIN}] | :// )
    """,
    regex.VERBOSE,
)


def weighted_length(text: str) -> int:
    """The weighted length of `text`, of which X takes 280."""
    text = unicodedata.normalize("NFC", text)
    total, done = 0, 0
    for start, end in find_shortened_links(text):
        total += _measure_plain_text(text[done:start]) + URL_WEIGHT
        done = end
    return total + _measure_plain_text(text[done:] if done else text)


def find_shortened_links(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of everything that X shortens: links with http(s) or a bare known domain."""
    for word in _MAYBE_LINK.finditer(text):
        # One character more: what stands before a link decides, and is used up by deciding.
        for match in _link_pattern().finditer(text, max(word.start() - 1, 0), word.end()):
            start, end = match.end("before"), match.end()
            if not _is_valid_host(match["host"]) or end - start > MAX_URL_LENGTH:
                continue
            if match["scheme"]:
                yield from _find_with_scheme(text[start:end], start)
            elif match["before"] not in FORBIDDEN_BEFORE_BARE_DOMAIN:
                yield from _find_without_scheme(match)


def find_usernames(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every `@name`, or list `@name/list`, that X makes a mention."""
    links = list(find_shortened_links(text))
    for match in _USERNAME.finditer(text):
        if not any(start <= match.start() < end for start, end in links):
            yield match.span()


def _find_with_scheme(url: str, start: int) -> Iterator[tuple[int, int]]:
    shortened = _SHORTENED_URL.match(url)
    if shortened is None:
        yield start, start + len(url)
    elif len(shortened[1]) <= MAX_SHORTENED_LENGTH:
        yield start, start + shortened.end()


def _find_without_scheme(match: regex.Match[str]) -> Iterator[tuple[int, int]]:
    """The domains in Latin letters; a path belongs to the last, a query only behind a path."""
    domains = [
        one.span() for one in _bare_domain_pattern().finditer(match.string, *match.span("host"))
    ]
    yield from domains[:-1]
    for start, end in domains[-1:]:
        yield start, match.end() if match["path"] else end


def has_known_domain(host: str) -> bool:
    """Whether `host` (without a port) ends in a name of the root zone."""
    name = host.lower().rpartition(".")[2]
    return name.startswith("xn--") or name in list_top_level_domains()


def _is_valid_host(host: str) -> bool:
    return all(_is_valid_label(label) for label in host.lower().split("."))


def _is_valid_label(label: str) -> bool:
    """Whether a part of a host name is short enough for the DNS, in its ASCII form."""
    if label.isascii():
        return len(label) <= MAX_LABEL_LENGTH
    return not label.startswith("xn--") and len(label.encode("punycode")) + 4 <= MAX_LABEL_LENGTH


def _measure_plain_text(text: str) -> int:
    """The weight of a text without links."""
    if not _DOUBLE_WEIGHT.search(text) and not any(sign in text for sign in _SINGLE_WEIGHT_EMOJI):
        return len(text)
    text = EMOJI.sub(_DOUBLE_WEIGHT_PLACEHOLDER, text)
    return len(text) + len(_DOUBLE_WEIGHT.findall(text))
