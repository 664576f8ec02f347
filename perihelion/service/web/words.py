"""How the website speaks: its own words in each language, and dates, times and counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from perihelion.model.moments import Clock, Precision
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from datetime import date

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Event
    from perihelion.model.moments import Moment

LANGUAGES = ("en", "de", "es")
"""The languages of the pages, the first one being the default."""

CALENDAR_YEAR = 2000
"""A leap year, to name a day of any year."""


@cache
def load_phrases(language: str) -> dict[str, str]:
    """The website's own phrases; `{...}` are places for values."""
    file = files("perihelion.service.web").joinpath(f"phrases/{language}.json")
    phrases: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return phrases


@dataclass(frozen=True, slots=True)
class Words:
    """The website's words in one language (an IETF tag such as `de`)."""

    language: str

    def __getitem__(self, key: str) -> str:
        """The phrase `key`."""
        return load_phrases(self.language)[key]

    def say(self, key: str, **values: object) -> str:
        """The phrase `key` with `values` in its places."""
        return self[key].format(**values)

    def name_day(self, day: date) -> str:
        """`5 September 1977`."""
        return format_date(day, _DATE_PATTERNS[self.language], self.language)

    def name_day_of_year(self, day: date) -> str:
        """`5 September`."""
        return format_date(day, _DAY_PATTERNS[self.language], self.language)

    def name_month(self, day: date) -> str:
        """`September`, as a heading."""
        name = format_date(day, "LLLL", self.language)
        return name[:1].upper() + name[1:]

    def name_moment(self, moment: Moment) -> str:
        """`5 September 1977, 12:56 UTC`: the day, and the UTC time if it is known."""
        if moment.instant is None or moment.precision is Precision.DAY:
            return self.name_day(moment.day)
        pattern = "HH:mm:ss" if moment.precision is Precision.SECOND else "HH:mm"
        time = format_time(moment.instant, pattern, locale=self.language)
        return f"{self.name_day(moment.instant.date())}, {time} UTC"

    def name_clock(self, clock: Clock) -> str:
        """`time at the spacecraft`: whose time the moment is."""
        return self["clock_spacecraft" if clock is Clock.SPACECRAFT else "clock_earth"]

    def name_local_moment(self, event: Event) -> str:
        """`20 July 1969, 21:56 in Houston`; empty where no place, or not its date, is known."""
        place, instant = event.place, event.moment.instant
        if place is None:
            return ""
        if instant is None:
            name = place.name_in(self.language)
            when = self.name_day(place.day) if place.day else ""
            return self.say("in_place", when=when, place=name) if when else ""
        local = instant.astimezone(ZoneInfo(place.zone))
        time = format_time(local, "HH:mm", locale=self.language)
        when = f"{self.name_day(local.date())}, {time}"
        return self.say("in_place", when=when, place=place.name_in(self.language))

    def name_instant(self, one: Anniversary) -> str:
        """`5 September 2027, 12:56 UTC`: when an anniversary is observed."""
        if one.instant is None:
            return self.name_day(one.day)
        time = format_time(one.instant, "HH:mm", locale=self.language)
        return f"{self.name_day(one.instant.date())}, {time} UTC"

    def count(self, number: int, unit: Unit) -> str:
        """`1 year`, `50 years`, `10,000 days`, `5,348 sols`."""
        if number == 1 and unit is Unit.YEARS:
            return self["one_year"]
        return self.say(f"unit_{unit}", n=format_decimal(number, locale=self.language))

    def count_days(self, days: int) -> str:
        """`today`, `tomorrow`, `in 12 days`."""
        if days < 2:  # noqa: PLR2004 - today and tomorrow have words of their own
            return self["tomorrow" if days else "today_word"]
        return self.say("in_days", n=format_decimal(days, locale=self.language))

    def find_phase(self, kind: str) -> str:
        """`Flyby`: what a mission does at an event of this kind; empty if the kind does not say."""
        return self[_PHASES[kind]] if kind in _PHASES else ""

    def say_after_launch(self, launched: date, day: date) -> str:
        """`4 days after launch`, `6 years after launch`; empty on the day itself."""
        days = (day - launched).days
        years = day.year - launched.year - ((day.month, day.day) < (launched.month, launched.day))
        if days < 1:
            return ""
        long = years >= 2  # noqa: PLR2004 - one year and some months are better told in days
        count = self.count(years, Unit.YEARS) if long else self.count(days, Unit.DAYS)
        return self.say("after_launch", count=self["one_day"] if days == 1 else count)

    def say_ago(self, seen: Anniversary) -> str:
        """`50 years ago`; empty for a day that is observed without a count."""
        if not seen.is_counted:
            return ""
        return self.say("ago", count=self.count(seen.count, seen.spoken_unit))


_PHASES = {
    "launch": "kind_launch",
    "flyby": "kind_flyby",
    "orbit-insertion": "kind_orbit-insertion",
    "landing": "kind_landing",
    "docking": "kind_docking",
    "undocking": "kind_undocking",
    "eva": "kind_eva",
    "sample-return": "kind_sample-return",
    "impact": "kind_impact",
    "reentry": "kind_reentry",
    "end-of-mission": "kind_end-of-mission",
}
_DATE_PATTERNS = {"en": "d MMMM y", "de": "d. MMMM y", "es": "d 'de' MMMM 'de' y"}
_DAY_PATTERNS = {"en": "d MMMM", "de": "d. MMMM", "es": "d 'de' MMMM"}
