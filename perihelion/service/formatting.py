"""How the command line writes instants, days and counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def format_iso(value: object) -> str:
    """ISO 8601: an instant in UTC with a Z and no needless zeros, a day as YYYY-MM-DD.

    Raises TypeError for anything else, as `json.dumps` expects of its `default`.
    """
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return utc.isoformat(timespec="auto" if utc.microsecond else "seconds").replace(
            "+00:00", "Z"
        )
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def format_days(first: date, days: int) -> str:
    """`2027-03-02`, or `2027-03-02 to 2027-03-04` if there are several days."""
    return f"{first} to {first + timedelta(days=days - 1)}" if days > 1 else f"{first}"


def format_count(count: int, unit: str) -> str:
    """`11 years`, or `1 year`."""
    return f"{count} {unit if count != 1 else unit.removesuffix('s')}"


def format_minute(instant: datetime | None) -> str:
    """`2027-03-02 15:00` in UTC, for tables."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if instant else ""
