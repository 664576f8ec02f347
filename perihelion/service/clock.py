"""What time it is. No other file of Perihelion asks."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


SUPPORTED_YEARS = range(1900, 3000)
"""Years that a person may ask for: no event is older, and no forecast may leave the calendar."""


_SPAN = re.compile(r"([1-9]\d{0,5})([smhd])", re.ASCII)
_SPAN_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The machine's instant, UTC."""
        return datetime.now(UTC)

    real_now = now

    def seconds_until(self, instant: datetime) -> float:
        """The seconds from now to `instant`, never below 0."""
        return max(0.0, (instant - self.now()).total_seconds())


class RehearsalClock(SystemClock):
    """A clock that starts at `start` and runs `speed` times as fast as the machine's.

    It counts `ticks`, the machine's monotonic seconds, so that setting the machine's clock does
    not disturb a rehearsal. Raises ValueError unless `speed` is above 0 and finite.
    """

    def __init__(
        self, start: datetime, speed: float = 1.0, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        if not 0 < speed < float("inf"):
            raise ValueError(f"a clock's speed must be finite and above 0, not {speed:g}")
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._ticks = ticks
        self._ticks_at_start = ticks()

    def now(self) -> datetime:
        """The rehearsed instant, UTC."""
        return self._start + timedelta(seconds=(self._ticks() - self._ticks_at_start) * self._speed)

    def seconds_until(self, instant: datetime) -> float:
        """The real seconds to sleep: a faster clock needs fewer of them."""
        return super().seconds_until(instant) / self._speed


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant with Z or an offset, or a date (its midnight in UTC), as UTC.

    Raises ValueError, which says what to write, for anything else and outside `SUPPORTED_YEARS`.
    """
    instant = _parse_aware_instant(text)
    _require_supported_year(instant)
    return instant


def parse_day(text: str) -> date:
    """Read a date such as 2027-03-02. Raises ValueError as `parse_instant` does."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date; write one like 2027-03-02") from None
    _require_supported_year(day)
    return day


def parse_span(text: str) -> timedelta:
    """Read a span such as 90s, 10m, 6h or 2d. Raises ValueError for anything else."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a span of time; write one like 90s, 10m, 6h or 2d")
    return timedelta(**{_SPAN_UNITS[match[2]]: int(match[1])})


def _require_supported_year(day: date) -> None:
    if day.year not in SUPPORTED_YEARS:
        years = f"{SUPPORTED_YEARS[0]} to {SUPPORTED_YEARS[-1]}"
        raise ValueError(f"{day.isoformat()[:10]} is out of range; choose a year from {years}")


def _parse_aware_instant(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        pass  # not a date, but perhaps a date with a time
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is not a time; write 2027-03-02T20:00Z, 2027-03-02T15:00-05:00, or a date"
        ) from None
    raise ValueError(
        f"{text!r} has no time zone; write {text}Z for UTC, or an offset as in {text}-05:00"
    )
