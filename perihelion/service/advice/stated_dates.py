"""The dates that a text states, in the languages that Perihelion has words for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import regex

if TYPE_CHECKING:
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


_CALENDARS = {
    "en": _Calendar(
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        # Not the rocket Long March 5.
        r"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{months})\b"
        r"|(?<!Long )(?P<month>{months}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b)"
        r"(?:,? (?P<year>\d{{4}}))?",
        r"today|yesterday|tomorrow|tonight|recently|currently|nowadays"
        r"|(?:on|last|next|this) (?:{weekdays})(?!,? \d)"
        r"|(?:this|last|next) (?:year|month|week|morning|evening|night)",
    ),
    "de": _Calendar(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        r"\b(?P<day>\d{{1,2}})\. (?P<month>{months})\b(?: (?P<year>\d{{4}}))?",
        r"heute (?:vor|Morgen|Abend|Nacht)|gestern|kürzlich|derzeit"
        r"|(?:am|letzten|nächsten) (?:{weekdays})(?!,? \d)"
        r"|(?:dieses|letztes|nächstes) Jahr|(?:diese|letzte|nächste) Woche",
    ),
    "es": _Calendar(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miércoles jueves viernes sábado domingo",
        r"\b(?P<day>\d{{1,2}}) de (?P<month>{months})\b(?: de (?P<year>\d{{4}}))?",
        r"hoy hace|ayer|recientemente|actualmente|el (?:{weekdays})(?!,? \d)"
        r"|est[ae] (?:año|mes|semana|noche)|(?:el|la) (?:año|mes|semana) (?:pasad[oa]|que viene)",
    ),
}


def find_relative_dates(text: str, language: str) -> list[str]:
    """What `text` says that is true only on some days or in some years, such as “last year”."""
    patterns = _compile(language.partition("-")[0])
    return [found.group() for found in patterns.relative.finditer(text)] if patterns else []


def find_other_dates(text: str, language: str, moment: Moment) -> list[str]:
    """Each date in `text` that is the moment's but for the month: 20 June for 20 July.

    A date of another day, or of another year, is probably that of something else.
    """
    patterns = _compile(language.partition("-")[0])
    if patterns is None:
        return []
    return [
        found.group()
        for found in patterns.written.finditer(text)
        if int(found["day"]) == moment.day.day
        and patterns.months.index(found["month"]) + 1 != moment.day.month
        and found["year"] in {None, str(moment.day.year)}
    ]


class _Patterns(NamedTuple):
    months: list[str]
    written: regex.Pattern[str]
    """The groups are `day`, `month` and maybe `year`."""
    relative: regex.Pattern[str]


@cache
def _compile(language: str) -> _Patterns | None:
    calendar = _CALENDARS.get(language)
    if calendar is None:
        return None
    months = calendar.months.split()
    relative = calendar.relative.format(weekdays="|".join(calendar.weekdays.split()))
    return _Patterns(
        months,
        regex.compile(calendar.written.format(months="|".join(months))),
        regex.compile(rf"\b(?:{relative})\b", regex.IGNORECASE),
    )
