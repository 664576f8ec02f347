"""Tables of facts, as CSV: what happened when, to hold the schedule against."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from perihelion.model.moments import Precision
from perihelion.model.source_location import Mistake, SourceLocation

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED_COLUMNS = frozenset({"date", "name", "kind"})

_TIME = re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: any of `names` (missions, craft or people), any of `kinds`, on a UTC day."""

    location: SourceLocation
    names: tuple[str, ...]
    kinds: frozenset[str]
    day: date
    instant: datetime | None
    precision: Precision
    tag: str
    """The launch's COSPAR designation, if the table has it."""

    def __str__(self) -> str:
        if self.instant is None:
            return f"{self.day}"
        timespec = "seconds" if self.precision is Precision.SECOND else "minutes"
        return f"{self.instant.replace(tzinfo=None).isoformat(timespec=timespec)}Z"


def read_facts(path: Path) -> tuple[list[Fact], list[Mistake]]:
    """Every row of the CSV file `path`, and a mistake for each that cannot be read.

    The first line names the columns, in any order: `date` (2016-03-02), `name` and `kind` must be
    there, `time` (04:26 or 04:26:10, UTC) and `tag` may, and all others are left alone. Several
    names are separated by `;`, several kinds by spaces.
    """
    whole = SourceLocation(str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        return [], [Mistake(whole, "facts-file", f"cannot be read: {error}")]
    rows = csv.DictReader(text.splitlines(keepends=True))
    missing = REQUIRED_COLUMNS.difference(rows.fieldnames or ())
    if missing:
        names = ", ".join(f"`{name}`" for name in sorted(missing))
        return [], [
            Mistake(SourceLocation(str(path), 1, 1), "facts-file", f"has no column {names}")
        ]
    facts, mistakes = [], []
    for row in rows:
        location = SourceLocation(str(path), rows.line_num, 1)
        try:
            facts.append(_read_row(row, location))
        except ValueError as error:
            mistakes.append(Mistake(location, "facts-file", str(error)))
    return facts, mistakes


def _read_row(row: dict[str, str | None], location: SourceLocation) -> Fact:
    day = date.fromisoformat(row["date"] or "")
    time = (row.get("time") or "").removesuffix("Z")
    instant = None
    if time:
        if not _TIME.fullmatch(time):
            message = f"`{time}` is not a time; write 04:26 or 04:26:10, in UTC"
            raise ValueError(message)
        instant = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)
    return Fact(
        location,
        tuple(name.strip() for name in (row["name"] or "").split(";")),
        frozenset((row["kind"] or "").split()),
        day,
        instant,
        _PRECISIONS[len(time)],
        (row.get("tag") or "").strip(),
    )


_PRECISIONS = {0: Precision.DAY, 5: Precision.MINUTE, 8: Precision.SECOND}
"""By the length of the written time."""
