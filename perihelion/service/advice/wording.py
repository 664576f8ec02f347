"""Advice about an event's own words, in each of its languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import regex

from perihelion.model.advice_codes import AdviceCode
from perihelion.service.advice.finding import advise
from perihelion.service.advice.stated_dates import (
    find_other_dates,
    find_other_months,
    find_relative_dates,
    find_wrong_weekdays,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.missions import Event, Translation
    from perihelion.service.advice.finding import Advice

_MARKUP = regex.compile(
    r"</?[A-Za-z][^<>]*>|&(?:[A-Za-z]{2,8}|#\d{1,6});|\*\*\S[^*]*\*\*|(?<!\w)__\S[^_]*__(?!\w)"
    r"|`[^`]+`|\[[^\]]+\]\([^)\s]+\)|(?m:^#{1,6} \S)"
)
# What is shown as a picture: © and ™ are not, unless a selector asks for it.
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|\p{RI}")


# Letters that only look like others, bold or circled: screen readers spell them out or skip them.
_ODD_LETTERS = regex.compile(
    r"[\U0001D400-\U0001D7FF\uFF21-\uFF3A\uFF41-\uFF5A\u24B6-\u24E9\U0001F130-\U0001F189]+"
)


def _find_stray_quote(text: str) -> str:
    """A straight quote without its other half; not the mark for inches, nor an apostrophe."""
    if len(regex.findall(r'(?<!\d)"', text)) % 2:
        return '"'
    lone = regex.search(r"[.!?,]'$", text) and not regex.search(r"(?<!\w)'\w", text)
    return "'" if lone else ""


class Words(NamedTuple):
    """A title or a text, and what it is called in a message."""

    language: str
    place: str
    text: str
    key: str
    """The event's key at which it stands."""
    is_of_its_day: bool = False
    """Whether it is said at the very time that it tells of, where “tomorrow” is right."""


def find_wording_advice(event: Event, language: str) -> Iterator[Advice]:
    """Markup, emoji, exclamation marks and doubtful dates; `language` is the schedule's own."""
    for words in list_words(event, language):
        for code, problem in _find_problems(event, words):
            yield advise(event, code, f"{words.place} {problem}", words.key)


def list_words(event: Event, language: str) -> Iterator[Words]:
    """All that the event says, and its translations."""
    said: list[tuple[Event | Translation, str, str]] = [(event, language, "")]
    translated = [(one, other, f" ({other})") for other, one in event.translations]
    for one in (*said, *translated):
        yield from (words for words in _list_own_words(*one) if words.text)


def _list_own_words(said: Event | Translation, language: str, where: str) -> Iterator[Words]:
    def say(name: str, place: str, text: str) -> Words:
        key = "translations" if where else name
        return Words(language, f"{place}{where}", text, key, is_of_its_day=name == "now")

    yield say("title", "the title", said.title)
    yield say("text", "the text", said.text)
    for one in said.texts:
        yield say("texts", "one of the texts", one.text)
    for name in ("lead", "short", "long", "now"):
        yield say(name, f"`{name}`", getattr(said, name))


def _find_problems(event: Event, words: Words) -> Iterator[tuple[AdviceCode, str]]:
    text = words.text
    if markup := _MARKUP.search(text):
        problem = f"holds `{markup.group()}`, which posts show as it stands; write plain words"
        yield AdviceCode.MARKUP, problem
    if emoji := _EMOJI.search(text):
        yield AdviceCode.EMOJI, f"holds the emoji {emoji.group()}; say it in words"
    if odd := _ODD_LETTERS.search(text):
        problem = f"holds the letters {odd.group()}, which screen readers cannot read; type them"
        yield AdviceCode.ODD_LETTERS, problem
    if stray := _find_stray_quote(text):
        yield AdviceCode.LOST_QUOTE, f"holds a lone {stray}; add the other one, or remove it"
    if "!" in text:
        yield AdviceCode.EXCLAMATION, "holds an exclamation mark; let the fact speak"
    if words.is_of_its_day:
        return
    for found in find_relative_dates(text, words.language):
        problem = f"says “{found}”, which is false in other years; name the date, or leave it out"
        yield AdviceCode.RELATIVE_DATE, problem
    yield from _find_date_problems(event, words)


def _find_date_problems(event: Event, words: Words) -> Iterator[tuple[AdviceCode, str]]:
    text, day = words.text, event.moment.day
    for found, right in find_wrong_weekdays(text, words.language, event.moment):
        yield AdviceCode.WEEKDAY, f"says “{found}”, which was a {right}; correct one of them"
    others = find_other_dates(text, words.language, event.moment)
    if words.place.startswith(("the title", "`lead`")):  # a text may well tell of another month
        others += find_other_months(text, words.language, event.moment)
    for found in others:
        yield AdviceCode.OTHER_DATE, f"says “{found}”, and `at` is {day}; correct one of them"
