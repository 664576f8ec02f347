"""What was probably meant by a text that is no date of the schedule's form. Pure."""

from __future__ import annotations

import re
from calendar import month_name
from datetime import date

_SEPARATORS = r"[-./\u2010-\u2015\u2212 ]"
_YEAR_FIRST = re.compile(rf"(\d{{4}}){_SEPARATORS}(\d{{1,2}}){_SEPARATORS}(\d{{1,2}})", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}}){_SEPARATORS} ?(\d{{1,2}}){_SEPARATORS} ?(\d{{4}})", re.ASCII)
_WORD_DAY_YEAR = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.ASCII)
_DAY_WORD_YEAR = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.? ([A-Za-z]{3,9})\.?,? (\d{4})", re.ASCII)
_TOO_VAGUE = re.compile(r"\d{4}(?:-\d\d)?", re.ASCII)
_NAMED_ZONE = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?) ?(?P<zone>[A-Z]{3,4})", re.ASCII
)
_UTC_NAMES = frozenset({"UTC", "GMT"})


def suggest_date(text: str) -> str:
    """What to write instead of `text`, as the end of a message; empty if it cannot be told."""
    if _TOO_VAGUE.fullmatch(text):
        return "a day is needed, as in 2016-02-29; write the day that its source gives"
    if match := _NAMED_ZONE.fullmatch(text):
        written = f"{match[1]}T{match[2]}"
        if match["zone"] in _UTC_NAMES:
            return f"write {written}Z"
        return f"write the offset instead of {match['zone']}, as in {written}-04:00"
    meant = dict.fromkeys(one.isoformat() for one in _list_meant(text) if one)
    return f"write {' or '.join(meant)}" if meant else ""


def suggest_swapped(year: int, month: int, day: int) -> str:
    """The end of a message about the date, if another order of day and month makes one."""
    swapped = _make_date(year, day, month)
    return f"; with day and month the other way round it is {swapped}" if swapped else ""


def _list_meant(text: str) -> list[date | None]:
    if match := _YEAR_FIRST.fullmatch(text):
        return [_make_date(*map(int, match.groups()))]
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = map(int, match.groups())
        return [_make_date(year, second, first), _make_date(year, first, second)]
    if match := _WORD_DAY_YEAR.fullmatch(text):
        return [_make_date(int(match[3]), _find_month(match[1]), int(match[2]))]
    if match := _DAY_WORD_YEAR.fullmatch(text):
        return [_make_date(int(match[3]), _find_month(match[2]), int(match[1]))]
    return []


def _find_month(word: str) -> int:
    """The month that a name or its first letters stand for; 0 for none."""
    lower = word.casefold()
    return next(
        (number for number in range(1, 13) if month_name[number].casefold().startswith(lower)), 0
    )


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
