"""What templates may say about dates and times: the event's own, and those of its place. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from perihelion.compose.phrases import format_day
from perihelion.compose.text_fitting import normalize_text
from perihelion.model.julian_dates import JulianDate
from perihelion.model.moments import DayZone, Precision

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Place

_NO_TIME: Mapping[str, object] = {"hour": None, "minute": None, "zone": ""}


def build_date_context(
    anniversary: Anniversary, account: Account, language: str
) -> dict[str, object]:
    """The event's date, and its time if known to the minute, in the zone its day is read in.

    Also what its place and the Julian calendar call them. Where nothing is counted, the date is the
    one that is observed.
    """
    event = anniversary.event
    moment = event.moment
    if not anniversary.is_counted:
        today = _name_day(anniversary.day, language)
        return {**today, **_NO_TIME, **_julian_parts(None), **_NO_PLACE}
    if moment.instant is None or moment.precision is Precision.DAY:
        day, time, local = moment.day, _NO_TIME, None
    else:
        zone = account.timezone if account.days is DayZone.ACCOUNT else moment.zone
        shown = moment.instant.astimezone(ZoneInfo(zone))
        day, time, local = shown.date(), _time_parts(shown), moment.instant
    return {
        **_name_day(day, language),
        **time,
        **_julian_parts(day if moment.is_julian else None),
        **_place_parts(event.place, local, language),
    }


def _name_day(day: date, language: str) -> dict[str, object]:
    return {"date": format_day(day, language), **_date_parts(day)}


def _date_parts(day: date | None) -> dict[str, object]:
    year, month, number = (day.year, day.month, day.day) if day else (None, None, None)
    return {"year": year, "month": month, "day": number}


def _time_parts(shown: datetime) -> dict[str, object]:
    return {"hour": shown.hour, "minute": shown.minute, "zone": _zone_name(shown)}


def _julian_parts(day: date | None) -> dict[str, object]:
    julian = JulianDate.from_gregorian(day) if day else (None, None, None)
    return dict(zip(("julian_year", "julian_month", "julian_day"), julian, strict=True))


_NO_PLACE: Mapping[str, object] = {
    "place": "",
    **dict.fromkeys(("local_year", "local_month", "local_day", "local_hour", "local_minute")),
    "local_zone": "",
}


def _place_parts(place: Place | None, instant: datetime | None, language: str) -> dict[str, object]:
    """The place's name and, as far as they are known, its date and time there in that year."""
    if place is None:
        return dict(_NO_PLACE)
    name = {"place": " ".join(normalize_text(place.name_in(language)).split())}
    if instant is None:
        day = {f"local_{key}": value for key, value in _date_parts(place.day).items()}
        return {**_NO_PLACE, **name, **day}
    shown = instant.astimezone(ZoneInfo(place.zone))
    parts = {**_date_parts(shown.date()), **_time_parts(shown)}
    return {f"local_{key}": value for key, value in parts.items()} | name


def _zone_name(local: datetime) -> str:
    """What the clocks of its zone are called at `local`: by letters, else by their offset."""
    name = local.tzname() or ""
    if name[:1].isalpha():
        return name
    offset = local.strftime("%z")
    hours, minutes = offset[:3], offset[3:5]
    if minutes != "00":
        return f"UTC{hours}:{minutes}"
    return "UTC" if hours in {"+00", "-00"} else f"UTC{hours}"
