"""Rules that give one day of a year: `FREQ=YEARLY;BYMONTH=1;BYDAY=4TH`, as RFC 5545 writes them."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from perihelion.model.moments import YearlyRule
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.suggestions import quote_text

EXAMPLE = "FREQ=YEARLY;BYMONTH=1;BYDAY=4TH"
RULE_PARTS = ("FREQ", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST")
"""What a rule may consist of: all that RFC 5545 has, but for times of day and ends."""

_DAY_PARTS = frozenset({"BYMONTHDAY", "BYDAY", "BYYEARDAY"})
_CYCLE = range(2000, 2028)
"""28 years, after which the days of the week and the leap years are the same again."""


@lru_cache(maxsize=4096)
def find_rule_day(rule: YearlyRule, year: int) -> date | None:
    """The day of `year` that `rule` gives; None where it gives none."""
    return next(iter(_list_days(rule.text, year, year)), None)


def parse_rule(text: str) -> YearlyRule:
    """The rule that `text` is. Raises InvalidValueError unless it gives at most one day a year."""
    written = text.upper()
    _check_parts(written)
    try:
        days = _list_days(written, _CYCLE.start, _CYCLE.stop - 1)
    except ValueError as error:
        message = f"{quote_text(text)} is not a rule ({error}); write one such as {EXAMPLE}"
        raise InvalidValueError("bad-rule", message) from None
    years = [day.year for day in days]
    if not years:
        raise InvalidValueError("bad-rule", f"{quote_text(text)} gives no day in any year")
    twice = next((year for year in years if years.count(year) > 1), None)
    if twice is not None:
        message = (
            f"{quote_text(text)} gives {years.count(twice)} days in {twice}; it may give one a "
            f"year: narrow it down, as {EXAMPLE} does"
        )
        raise InvalidValueError("bad-rule", message)
    return YearlyRule(written)


def _check_parts(text: str) -> None:
    names = [part.partition("=")[0] for part in text.split(";")]
    problem = ""
    unknown = next((name for name in names if name not in RULE_PARTS), None)
    if unknown is not None:
        problem = f"`{unknown}` is not possible here; a rule may have {', '.join(RULE_PARTS)}"
    elif len(set(names)) < len(names):
        problem = "a part stands there twice; remove one of them"
    elif "FREQ=YEARLY" not in text.split(";"):
        problem = f"only yearly rules are possible; write FREQ=YEARLY, as in {EXAMPLE}"
    elif not _DAY_PARTS & set(names):
        problem = f"no part says which day; add BYDAY or BYMONTHDAY, as in {EXAMPLE}"
    if problem:
        raise InvalidValueError("bad-rule", f"{quote_text(text)}: {problem}")


def _list_days(text: str, first_year: int, last_year: int) -> list[date]:
    """Every day that the rule gives in these years, in order. Raises ValueError if it is wrong."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - slow, and few schedules have rules

    rule = rrulestr(text, dtstart=datetime(first_year, 1, 1))  # noqa: DTZ001 - a calendar day has no zone
    # As text, UNTIL would load dateutil's parser of dates, which takes longer than the rules.
    within = rule.replace(until=datetime(last_year, 12, 31))  # noqa: DTZ001 - as above
    return [found.date() for found in within]
