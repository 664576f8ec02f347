"""What time it is. The only file of Perihelion that asks."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import Callable


SUPPORTED_YEARS = range(1900, 3000)
"""Those a person may ask for: no event is older, and no look ahead may leave the calendar."""


class Clock(Protocol):
    """Tells the time; every instant that comes out is an aware UTC datetime."""

    def now(self) -> datetime:
        """The instant that decides what is due: a rehearsal's, while one is played."""

    def real_now(self) -> datetime:
        """The machine's own instant, for what other machines must agree on: leases, heartbeats."""

    def seconds_until(self, instant: datetime) -> float:
        """The real seconds to sleep until `now()` reaches `instant`; 0 if it has passed."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The machine's instant, UTC."""
        return datetime.now(UTC)

    real_now = now

    def seconds_until(self, instant: datetime) -> float:
        """The seconds from now to `instant`, never below 0."""
        return max(0.0, (instant - self.now()).total_seconds())


class RehearsalClock:
    """A clock that stands at `start` when it is made, and runs `speed` times as fast.

    It counts on `ticks`, the steady seconds of the machine, so that a change of the machine's
    clock never bends a rehearsal. Raises ValueError unless `speed` is above 0 and finite.
    """

    def __init__(
        self, start: datetime, speed: float = 1.0, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        if not 0 < speed < float("inf"):
            raise ValueError(f"a clock's speed must be above 0, and it is {speed:g}")
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._ticks = ticks
        self._ticks_at_start = ticks()

    def now(self) -> datetime:
        """The rehearsed instant, UTC."""
        return self._start + timedelta(seconds=(self._ticks() - self._ticks_at_start) * self._speed)

    def real_now(self) -> datetime:
        """The machine's instant, UTC."""
        return datetime.now(UTC)

    def seconds_until(self, instant: datetime) -> float:
        """The real seconds to sleep: a faster clock needs fewer of them."""
        return max(0.0, (instant - self.now()).total_seconds() / self._speed)


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant with Z or an offset, or a date (its midnight in UTC), as UTC.

    Raises ValueError, which says what to write, on anything else and on a year not in `YEARS`.
    """
    instant = _parse_aware_instant(text)
    require_supported_year(instant)
    return instant


def require_supported_year(day: date) -> None:
    """Raise ValueError, which says what to write, unless the year of `day` is one of `YEARS`."""
    if day.year not in SUPPORTED_YEARS:
        years = f"{SUPPORTED_YEARS[0]} to {SUPPORTED_YEARS[-1]}"
        raise ValueError(f"{day.isoformat()[:10]} is out of reach; choose a year from {years}")


def _parse_aware_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if _is_date(text):
            return instant.replace(tzinfo=UTC)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no instant; write 2027-03-02T20:00Z, 2027-03-02T15:00-05:00, or a date"
        ) from None
    raise ValueError(
        f"{text!r} does not say in which zone; write {text}Z for UTC, or an offset as in "
        f"{text}-05:00"
    )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class InstantType(click.ParamType[datetime]):
    """An instant on the command line, such as `--at 2027-03-02T20:00Z`."""

    name = "TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The instant that `value` writes, UTC; wrong usage with what to write otherwise."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_instant(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


INSTANT = InstantType()
