"""Dates, numbers and lists as a language writes them; Babel knows how."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from babel import Locale

_VARIANTS: Final = {"en": "en_GB"}
"""Which English: one that says 29 February 2016, and A, B and C."""


_FIRST_GROUPED: Final = {"es": 10_000}
"""From which number on a language sets the thousands apart, where that is not 1,000."""

_SPANISH_Y: Final = re.compile(r" y (?=[IiÍí]|[Hh][IiÍí](?![aeo]))")


def format_day(day: date, language: str) -> str:
    """The whole date, without the day of the week: 29 February 2016."""
    return _format_day(day, language)


def format_number(number: int, language: str) -> str:
    """A number with its thousands set apart: 10,000."""
    if abs(number) < _FIRST_GROUPED.get(language, 1000):
        return str(number)
    from babel.numbers import format_decimal  # noqa: PLC0415 - takes 20 ms, for few numbers

    return format_decimal(number, locale=_get_locale(language))


def join_names(names: Sequence[str], language: str) -> str:
    """The names as one phrase: A, B and C."""
    from babel.lists import format_list  # noqa: PLC0415 - as above

    joined = format_list(list(names), locale=_get_locale(language)) if names else ""
    return _SPANISH_Y.sub(" e ", joined) if language == "es" else joined


def name_language(language: str) -> str:
    """What English calls the language: German."""
    locale = _get_locale(language)
    known = locale.language == language.partition("-")[0]
    return (known and locale.get_language_name("en")) or language


@lru_cache(maxsize=4096)
def _format_day(day: date, language: str) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - as above

    return format_date(day, "long", locale=_get_locale(language))


@lru_cache(maxsize=64)
def _get_locale(language: str) -> Locale:
    """The locale of a language tag, or that of its first part, or English."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - as above

    for tag in (_VARIANTS.get(language, language), language.partition("-")[0], "en_GB"):
        try:
            return Locale.parse(tag.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel has lost English")
