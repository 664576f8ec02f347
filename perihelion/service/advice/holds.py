"""Advice about claims that may have stopped being true by the day of their post."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.calendar import Calendar
from perihelion.model.advice_codes import AdviceCode
from perihelion.service.advice.finding import advise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.missions import Event
    from perihelion.service.advice.finding import Advice

COMING_DAYS = 366


def find_unchecked_claims(events: Iterable[Event], today: date) -> Iterator[Advice]:
    """Claims that a post of the coming year repeats over a year after they were last checked."""
    last = today + timedelta(days=COMING_DAYS)
    for event in events:
        checked = event.holds
        if checked is None:
            continue
        old_from = (checked.year + 1, checked.month)
        posts = Calendar([event]).find_anniversaries(today, last)
        old = next((one.day for one in posts if (one.day.year, one.day.month) > old_from), None)
        if old is not None:
            message = (
                f"what it says was last checked in {checked:%Y-%m}, over a year before its post of "
                f"{old}; check that it still holds, and write the month into `holds`"
            )
            yield advise(event, AdviceCode.HOLDS, message)
