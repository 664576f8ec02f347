"""A text as sentences, and which names stand in it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

_END = r"""
    (?<=[.!?…]["”\u2019»)\]]?)
    (?<!\b\p{Lu}\.)                                        # George W. Bush
    (?<!\b(?:Dr|Mr|Ms|Mrs|St|Mt|Nr|Nos?|Sr|Jr|Sra|Prof|ca|bzw)\.)
    [ \n]+
    (?=["“„«(¿¡]?[\p{Lu}\p{N}])
    """
_END_OF_SENTENCE = regex.compile(_END, regex.VERBOSE)
_END_AFTER_NO_NUMBER = regex.compile(rf"(?<!\b\p{{N}}+\.){_END}", regex.VERBOSE)
"""Where a number with a full stop is an ordinal: am 5. Mai."""

_PARTICLES = frozenset(
    {"al", "da", "de", "del", "di", "dos", "la", "le", "van", "vande", "von", "el"}
)
_SUFFIXES = frozenset({"Jr.", "Sr.", "II", "III"})
_FAMILY_NAME_FIRST = frozenset(
    {
        "Cai", "Chen", "Deng", "Fei", "Gui", "Jiang", "Jing", "Li", "Liu", "Nie", "Song", "Tang",
        "Wang", "Yang", "Ye", "Zhai", "Zhang", "Zhu",
    }
)  # fmt: skip
_GENERIC = frozenset({"and", "crew", "expedition", "flight", "mission", "space", "telescope"})
"""Words of missions' names that say nothing about which mission it is."""

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
MIN_WORD_LENGTH: Final = 3


def split_sentences(text: str, language: str = "en") -> list[str]:
    """The sentences of `text`; what may be an abbreviation, or a German ordinal, ends none."""
    end = _END_AFTER_NO_NUMBER if language == "de" else _END_OF_SENTENCE
    return [one for one in end.split(text) if one]


def get_surname(name: str) -> str:
    """What a person is called for short: Gagarin, De Winne; a Chinese name stays whole."""
    words = [word for word in name.split() if word not in _SUFFIXES]
    if not words or words[0] in _FAMILY_NAME_FIRST:
        return name
    at = len(words) - 1
    while at > 1 and words[at - 1].casefold() in _PARTICLES:
        at -= 1
    return " ".join(words[at:])


def list_unnamed(people: Iterable[str], words: str) -> tuple[str, ...]:
    """Those of `people` whose surname does not stand in `words`."""
    return tuple(one for one in people if get_surname(one).casefold() not in words.casefold())


def names_subject(words: str, mission: str, people: Iterable[str]) -> bool:
    """Whether `words` name the mission, at least in part, or one of the people."""
    said = words.casefold()
    if mission.casefold() in said or any(get_surname(one).casefold() in said for one in people):
        return True
    telling = {word for word in _WORD.findall(mission.casefold()) if len(word) >= MIN_WORD_LENGTH}
    return not (telling - _GENERIC).isdisjoint(_WORD.findall(said))
