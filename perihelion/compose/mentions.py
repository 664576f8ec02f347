"""Who a text would mention on its network, and how to write the same text so that it does not.

A mention calls people: it notifies them. So a name or an e-mail address that a network would take
for a mention gets an invisible word joiner behind its `@`, unless the event wants the mention. What
a network takes for one is `Limits.mentions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import regex

from perihelion.compose.entities import Span, find_links
from perihelion.compose.twitter_text import find_usernames
from perihelion.model.posts import MentionSyntax

if TYPE_CHECKING:
    from collections.abc import Iterable

WORD_JOINER: Final = "\u2060"
"""Invisible, without width, and no place to break a line."""

_AT_SIGN = "[@\uff20\ufe6b]"
_MAYBE_MENTION = regex.compile(_AT_SIGN)
_NAME_WITH_HOST = r"[\p{L}\p{N}_]+(?:[.\-]+[\p{L}\p{N}_]+)*"
_PATTERNS = {
    MentionSyntax.MASTODON: regex.compile(
        rf"(?<![A-Za-z0-9_/]){_AT_SIGN}{_NAME_WITH_HOST}(?:@{_NAME_WITH_HOST})?"
    ),
    MentionSyntax.TELEGRAM: regex.compile(
        rf"(?<![\p{{L}}\p{{N}}_]){_AT_SIGN}[A-Za-z0-9_]{{2,32}}+(?![\p{{L}}\p{{N}}_])"
    ),
    MentionSyntax.ANY: regex.compile(rf"{_AT_SIGN}{_NAME_WITH_HOST}"),
}
_HANDLES = {
    MentionSyntax.MASTODON: (
        "@name@server, such as @nasa@example.social",
        regex.compile(r"@[A-Za-z0-9_]+(?:[.\-]+[A-Za-z0-9_]+)*@(?:[a-z0-9\-]+\.)+[a-z0-9\-]{2,}"),
    ),
    MentionSyntax.X: (
        "@name, up to 15 letters, digits and _, such as @NASA",
        regex.compile(r"@[A-Za-z0-9_]{1,15}"),
    ),
    MentionSyntax.TELEGRAM: (
        "@name, from 4 to 32 letters, digits and _",
        regex.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}"),
    ),
    MentionSyntax.ANY: (
        "@name, such as @nasa",
        regex.compile(r"@[\p{L}\p{N}_]+(?:[.\-]+[\p{L}\p{N}_]+)*"),
    ),
}
_DOTTED_NAME = regex.compile(r"[\p{L}\p{N}_\-]+(?:\.[\p{L}\p{N}_\-]+)*")
_NEUTRALIZED = regex.compile(rf"({_AT_SIGN}){WORD_JOINER}([^\s@]*[\p{{L}}\p{{N}}_])")


def find_mentions(text: str, syntax: MentionSyntax) -> tuple[Span, ...]:
    """Everything in `text` that the network takes for a mention, such as `@NASA`, in order."""
    if syntax is MentionSyntax.NONE or not _MAYBE_MENTION.search(text):
        return ()
    if syntax is MentionSyntax.X:
        return tuple(Span(start, end, text[start:end]) for start, end in find_usernames(text))
    found = (Span(*one.span(), one.group()) for one in _PATTERNS[syntax].finditer(text))
    if syntax is MentionSyntax.MASTODON:  # it looks into links as well
        return tuple(found)
    links = find_links(text)
    return tuple(
        one for one in found if not any(link.start <= one.start < link.end for link in links)
    )


def neutralize_mentions(text: str, syntax: MentionSyntax, wanted: Iterable[str] = ()) -> str:
    """`text`, reading the same, without any mention but those of the handles `wanted`."""
    found = find_mentions(text, syntax)
    links = find_links(text) if found else ()
    kept = {handle.casefold() for handle in wanted}
    for mention in reversed(found):
        if mention.value.casefold() not in kept:
            in_link = any(link.start <= mention.start < link.end for link in links)
            text = _neutralize_one(text, mention.start, in_link=in_link)
    return text


def find_neutralized_mentions(text: str) -> tuple[str, ...]:
    """The names in `text` that `neutralize_mentions` has made plain, as their author wrote them."""
    return tuple(one[1] + one[2].replace(WORD_JOINER, "") for one in _NEUTRALIZED.finditer(text))


def find_handle_problem(handle: str, syntax: MentionSyntax) -> str:
    """Why `handle` cannot be mentioned on a network, with what to do; empty if it can."""
    if syntax is MentionSyntax.NONE:
        return "no post mentions anybody there; remove it"
    expected, pattern = _HANDLES[syntax]
    return "" if pattern.fullmatch(handle) else f"it is not a name there; write {expected}"


def _neutralize_one(text: str, at: int, *, in_link: bool) -> str:
    """`text` with what stands behind the at-sign at `at` made plain.

    The dots of a host are held apart too, or the rest of an e-mail address would become a link.
    """
    before, behind = text[:at], text[at + 1 :]
    if in_link:
        return f"{before}%40{behind}"
    name = _DOTTED_NAME.match(behind)
    end = name.end() if name else 0
    dotted = behind[:end].replace(".", f"{WORD_JOINER}.")
    return f"{before}{text[at]}{WORD_JOINER}{dotted}{behind[end:]}"
