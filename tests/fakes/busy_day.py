"""A schedule with one very busy day, for tests that need much to be due at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AT = "2027-03-02T15:10Z"
"""By then everything of the day is due, and not so late that a worker would space it out."""
_LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class BusyDay:
    """A schedule of `events` events for these accounts, all due on one day at one time."""

    path: Path
    accounts: tuple[str, ...]
    events: int
    year: int

    def delivery_key(self, account: str, number: int) -> str:
        """The key of one event's delivery."""
        return f"{account}:busy/event-{number}:{self.year - _event_year(number)}-years:1"

    def delivery_keys(self) -> set[str]:
        """The keys of all that is due."""
        return {
            self.delivery_key(name, number)
            for name in self.accounts
            for number in range(self.events)
        }


def write_schedule(folder: Path, events: int, accounts: Sequence[tuple[str, str]]) -> BusyDay:
    """A busy 2 March 2027, at 15:00 UTC, for these (network, name) accounts."""
    return _write_schedule_file(
        folder, events, accounts, datetime(2027, 3, 2, 15, 0, tzinfo=UTC), "UTC"
    )


def write_schedule_for_today(
    folder: Path, events: int, accounts: Sequence[tuple[str, str]], cards: str = "none"
) -> BusyDay:
    """As `write`, but due a few minutes ago by the real clock, with these `cards`.

    It takes place in a zone in which it is about noon, so that no test meets a midnight.
    """
    now = datetime.now(UTC)
    offset = 12 - now.hour
    zone = f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"  # the sign is POSIX's, turned round
    return _write_schedule_file(
        folder, events, accounts, now + timedelta(hours=offset) - _LATE, zone, cards
    )


def write_templates(folder: Path) -> Path:
    """A folder with the least that templates need, so that many programs start quickly."""
    templates = folder / "templates"
    templates.mkdir(exist_ok=True)
    (templates / "_words.j2").write_text("{% set ago = count ~ ' years ago' %}", encoding="utf-8")
    (templates / "default.j2").write_text("{{ title }}, {{ ago }}.", encoding="utf-8")
    return templates


def write_smallest_files(folder: Path, networks: Sequence[str]) -> dict[str, str]:
    """A schedule of one event for an account on each network, with the least templates.

    Returns the settings that name them.
    """
    day = write_schedule(folder, 1, [(network, network) for network in networks])
    templates = write_templates(folder)
    return {"PERIHELION_SCHEDULE": str(day.path), "PERIHELION_TEMPLATES": str(templates)}


def _event_year(number: int) -> int:
    return 1960 + number % 15 * 4  # leap years: a test may well be run on a 29 February


def _write_schedule_file(  # noqa: PLR0913, PLR0917 - what the file says
    folder: Path,
    events: int,
    accounts: Sequence[tuple[str, str]],
    at: datetime,
    zone: str,
    cards: str = "none",
) -> BusyDay:
    post_at = f'post_at: "{at:%H:%M}", spacing: 0m, timezone: {zone}, cards: {cards}'
    lines = [f"defaults: {{max_per_day: {events}, {post_at}}}", "accounts:"]
    lines += [f"  - {{network: {network}, name: {name}}}" for network, name in accounts]
    lines += ["missions:", "  - id: busy", "    name: Busy Mission", "    events:"]
    for number in range(events):
        lines += [
            f"      - id: event-{number}",
            f"        at: {_event_year(number)}-{at:%m-%d}",
            "        kind: milestone",
            f"        title: Event number {number} of a busy day takes place",
            "        sources: made up for a test",
        ]
    path = folder / "schedule.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return BusyDay(path, tuple(name for _network, name in accounts), events, at.year)
