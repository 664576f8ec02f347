"""The dates that a text states, in the languages that Perihelion has words for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.moments import Moment


@dataclass(frozen=True, slots=True)
class _Calendar:
    """How a language writes dates: `written` with {months}, `relative` with {weekdays}.

    Not among `relative` are words that also mean the present age, such as “heute” and “hoy”, nor a
    weekday with its date, as in “on Sunday, 20 July”.
    """

    months: str
    weekdays: str
    written: str
    relative: str
    before_date: str
    """What stands between a weekday and its date."""


_CALENDARS = {
    "en": _Calendar(
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        # Not the rocket Long March 5.
        r"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{months})\b"
        r"|(?<!Long )(?P<month>{months}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b)"
        r"(?:,? (?P<year>\d{{4}}))?",
        r"today|yesterday|tomorrow|tonight|recently|currently|nowadays"
        r"|(?:on|last|next|this) (?:{weekdays})(?!,? (?:the )?(?:\d|(?:{months}) \d))"
        r"|(?:this|last|next) (?:year|month|week|morning|evening|night)",
        r",? (?:the )?",
    ),
    "de": _Calendar(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        r"\b(?P<day>\d{{1,2}})\. (?P<month>{months})\b(?: (?P<year>\d{{4}}))?",
        r"heute (?:vor|Morgen|Abend|Nacht)|gestern|kürzlich|derzeit"
        r"|(?:am|letzten|nächsten) (?:{weekdays})(?!,? (?:de[mnr] )?\d)"
        r"|(?:dieses|letztes|nächstes) Jahr|(?:diese|letzte|nächste) Woche",
        r",? (?:de[mnr] )?",
    ),
    "es": _Calendar(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miércoles jueves viernes sábado domingo",
        r"\b(?P<day>\d{{1,2}}) de (?P<month>{months})\b(?: de (?P<year>\d{{4}}))?",
        r"hoy hace|ayer|recientemente|actualmente|el (?:{weekdays})(?!,? \d)"
        r"|est[ae] (?:año|mes|semana|noche)|(?:el|la) (?:año|mes|semana) (?:pasad[oa]|que viene)",
        r",? ",
    ),
}


def find_relative_dates(text: str, language: str) -> list[str]:
    """What `text` says that is true only on some days or in some years, such as “last year”."""
    patterns = _compile(language.partition("-")[0])
    return [found.group() for found in patterns.relative.finditer(text)] if patterns else []


def find_other_dates(text: str, language: str, moment: Moment) -> list[str]:
    """Each date in `text` that is the moment's but for its month or the order of the two.

    So are 20 June for 20 July, and 7 June for 6 July. A date of another day, or of another year,
    is probably that of something else.
    """
    patterns = _compile(language.partition("-")[0])
    if patterns is None:
        return []
    day, month = moment.day.day, moment.day.month
    return [
        one.text
        for one in _list_dates(text, patterns)
        if one.year in {None, moment.day.year}
        and one.month != month
        and (one.day == day or (one.day, one.month) == (month, day))
    ]


def find_other_months(text: str, language: str, moment: Moment) -> list[str]:
    """The months that `text` names without a day or a year, if none of them is the moment's."""
    patterns = _compile(language.partition("-")[0])
    if patterns is None:
        return []
    named = [found.group() for found in patterns.month_alone.finditer(text)]
    own = patterns.months[moment.day.month - 1]
    return [] if own in named else named


def find_wrong_weekdays(text: str, language: str, moment: Moment) -> list[tuple[str, str]]:
    """Each weekday with a date that was another one, and which. Without a year: the moment's."""
    patterns = _compile(language.partition("-")[0])
    if patterns is None:
        return []
    wrong = []
    for one in _list_dates(text, patterns):
        is_own = (one.day, one.month) == (moment.day.day, moment.day.month)
        year = one.year or (moment.day.year if is_own else None)
        right = _find_weekday(year, one.month, one.day, patterns)
        if one.weekday and right and one.weekday != right:
            wrong.append((one.text, right))
    return wrong


class _StatedDate(NamedTuple):
    text: str
    day: int
    month: int
    year: int | None
    weekday: str | None


def _list_dates(text: str, patterns: _Patterns) -> Iterator[_StatedDate]:
    for found in patterns.written.finditer(text):
        month = patterns.months.index(found["month"]) + 1
        year = int(found["year"]) if found["year"] else None
        yield _StatedDate(found.group(), int(found["day"]), month, year, found["weekday"])


def _find_weekday(year: int | None, month: int, day: int, patterns: _Patterns) -> str | None:
    try:
        return patterns.weekdays[date(year, month, day).weekday()] if year else None
    except ValueError:
        return None


class _Patterns(NamedTuple):
    months: list[str]
    weekdays: list[str]
    """Monday first."""
    written: regex.Pattern[str]
    """The groups are `day`, `month`, and maybe `year` and `weekday`."""
    month_alone: regex.Pattern[str]
    relative: regex.Pattern[str]


@cache
def _compile(language: str) -> _Patterns | None:
    calendar = _CALENDARS.get(language)
    if calendar is None:
        return None
    months, weekdays = calendar.months.split(), calendar.weekdays.split()
    any_month, any_weekday = "|".join(months), "|".join(weekdays)
    relative = calendar.relative.format(weekdays=any_weekday, months=any_month)
    weekday = rf"(?:\b(?P<weekday>{any_weekday}){calendar.before_date})?"
    return _Patterns(
        months,
        weekdays,
        regex.compile(weekday + calendar.written.format(months=any_month)),
        regex.compile(
            rf"(?<!\d |\d\. |\d de |\d(?:st|nd|rd|th) |Long )\b(?:{any_month})\b"
            r"(?!,? (?:de )?\d)"
        ),
        regex.compile(rf"\b(?:{relative})\b", regex.IGNORECASE),
    )
