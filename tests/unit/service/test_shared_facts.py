"""The shipped schedule agrees with every table of facts in ../shared/data, where that is there."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.service.advice.finding import list_unexplained
from perihelion.service.fact_checks import find_disagreements
from perihelion.service.fact_tables import read_facts
from tests.fakes.bot_process import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.model.missions import Schedule

DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Columns:
    """Which columns of a shared table are `date` and `time`, `name` and `tag`."""

    when: str
    names: tuple[str, ...]
    kind: str
    """A column's name, or the kinds of every row."""
    time: str = ""
    tag: str = ""
    also: str = ""
    """The column in which the table has a second measurement of the same moment."""


TABLES = {
    "crewed-launches.csv": Columns(
        "launch_utc",
        ("mission", "crew_up"),
        "launch",
        tag="cospar_launch",
        also="mcdowell_population_utc",
    ),
    "crewed-landings.csv": Columns(
        "landing_utc", ("mission_record", "crew_down"), "landing", also="mcdowell_population_utc"
    ),
    "evas.csv": Columns("start_utc", ("crew",), "eva"),
    "deep-space-launches.csv": Columns(
        "date_utc", ("objects",), "launch", time="time_utc", tag="cospar_launch"
    ),
    "landmark-events.csv": Columns("date_utc", ("mission",), "kind"),
    "planetary-events.csv": Columns("date_utc", ("mission",), "kind"),
}


def map_row(row: dict[str, str], columns: Columns) -> dict[str, str]:
    """A shared row in the columns of `check --facts`."""
    day, _, time = row[columns.when].partition("T")
    time = (row[columns.time] if columns.time else time).removesuffix("Z").removesuffix(":00")
    if columns.also and differs(row[columns.when], row[columns.also]):
        time = ""
    return {
        "date": day,
        "time": time if time.count(":") else "",
        "name": ";".join(row[name] for name in columns.names),
        "kind": row.get(columns.kind, columns.kind),
        "tag": row[columns.tag] if columns.tag else "",
    }


def differs(one: str, other: str) -> bool:
    """Whether two measurements are over a minute apart, so that neither supports its minute."""
    if "T" not in one or "T" not in other:
        return False
    apart = datetime.fromisoformat(one) - datetime.fromisoformat(other)
    return abs(apart) > timedelta(minutes=1)


@pytest.mark.parametrize("name", TABLES)
def test_no_event_disagrees_with_a_shared_table_without_saying_why(
    name: str, tmp_path: Path, shipped_schedule: Schedule
) -> None:
    if not (DATA / name).is_file():
        pytest.skip("the shared tables are not here")
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = [map_row(row, TABLES[name]) for row in csv.DictReader(file)]
    table = tmp_path / name
    with table.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ("date", "time", "name", "kind", "tag"))
        writer.writeheader()
        writer.writerows(row for row in rows if row["date"])
    facts, mistakes = read_facts(table)
    assert mistakes == []
    assert len(facts) > 100
    events = shipped_schedule.events
    found = [str(one) for one in list_unexplained(find_disagreements(events, facts))]
    assert found == []
