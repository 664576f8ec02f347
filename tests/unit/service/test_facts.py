"""`check --facts`: the schedule held against a table of what happened when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.schedule.load import parse_schedule
from perihelion.service.advice.finding import list_unexplained
from perihelion.service.fact_checks import find_disagreements
from perihelion.service.fact_tables import read_facts
from tests.fakes.schedule_texts import schedule_with_one_event

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "date,time,name,kind,tag\n"
LANDING = {"at": "2016-03-02T04:26Z", "kind": "landing", "people": "[Scott Kelly]"}
LAUNCH = {"at": "2015-03-27T19:42:57Z", "kind": "launch", "sources": "'GCAT, 2015-016'"}


def compare(folder: Path, table: str, **keys: str) -> list[str]:
    """What is said of an event of the mission `One-Year Mission` against the rows of `table`."""
    file = folder / "facts.csv"
    file.write_text(HEAD + table, encoding="utf-8")
    facts, mistakes = read_facts(file)
    assert mistakes == []
    events = parse_schedule(schedule_with_one_event(**keys).encode(), "s.yaml").events
    return [str(one) for one in list_unexplained(find_disagreements(events, facts))]


@pytest.mark.parametrize(
    ("at", "row"),
    [
        ("2016-03-02T04:26Z", "2016-03-02,04:26,Soyuz TMA-18M; Scott Joseph Kelly,landing,"),
        ("2016-03-02T04:26Z", "2016-03-02,04:25:51Z,One-year mission,landing accident,"),
        ("2016-03-02T04:26Z", "2016-03-02,,One-Year Mission,landing,"),
        ("2016-03-02T04:25:51Z", "2016-03-02,04:25:50,One-Year Mission,landing,"),
        ("2016-03-02", "2016-03-02,04:26,One-Year Mission,landing,"),
        ("2016-03-02T04:26Z", "2016-03-02,04:26,the One-Year Mission of NASA,landing,"),
        # Others: of another kind, another name, another day.
        ("2016-03-02T04:26Z", "2016-03-02,05:26,One-Year Mission,docking,"),
        ("2016-03-02T04:26Z", "2016-03-02,05:26,Soyuz; Mark Kelley,landing,"),
        ("2016-03-02T04:26Z", "2016-03-04,04:26,One-Year Mission,landing,"),
    ],
)
def test_an_event_that_agrees_with_its_row_is_well(tmp_path: Path, at: str, row: str) -> None:
    assert compare(tmp_path, f"{row}\n", **LANDING | {"at": at}) == []


@pytest.mark.parametrize(
    ("at", "row", "says"),
    [
        ("2016-03-02T04:26Z", "2016-03-02,04:28,Scott Kelly,landing,", "2016-03-02T04:28Z"),
        ("2016-03-02T04:25:51Z", "2016-03-02,04:25:54,Kelly,landing,", "2016-03-02T04:25:54Z"),
        ("2016-03-02T04:26Z", "2016-03-01,,One-Year Mission,landing,", "2016-03-01"),
        ("2016-03-02", "2016-03-01,,One-Year Mission,landing,", "2016-03-01"),
        ("2016-03-02", "2016-03-01,22:00,One-Year Mission,landing,", "2016-03-01T22:00Z"),
    ],
)
def test_a_disagreement_is_told_at_the_event_with_both_values(
    tmp_path: Path, at: str, row: str, says: str
) -> None:
    (said,) = compare(tmp_path, f"{row}\n", **LANDING | {"at": at})
    assert said == (
        f"s.yaml:5:9: year-in-space/landing: `at` is {at}, and {tmp_path}/facts.csv:2:1 has {says}"
    )


def test_the_day_of_a_row_with_a_time_is_read_in_the_events_zone_too(tmp_path: Path) -> None:
    keys = LANDING | {"at": "2016-03-01", "zone": "America/New_York"}
    assert compare(tmp_path, "2016-03-02,04:26,Scott Kelly,landing,\n", **keys) == []


def test_a_row_with_which_another_event_agrees_is_that_events(tmp_path: Path) -> None:
    file = tmp_path / "facts.csv"
    file.write_text(f"{HEAD}2016-03-02,,One-Year Mission,landing,\n", encoding="utf-8")
    first = schedule_with_one_event(**LANDING | {"at": "2016-03-01"})
    second = "      - {id: b, at: 2016-03-02, title: b, kind: landing, sources: NASA}\n"
    facts, _ = read_facts(file)
    for text, count in ((first, 1), (first + second, 0)):
        events = parse_schedule(text.encode(), "s.yaml").events
        assert len(list(find_disagreements(events, facts))) == count


def test_only_the_nearest_row_counts(tmp_path: Path) -> None:
    rows = "2016-03-02,09:00,Kelly,landing,\n2016-03-02,04:26,Kelly,landing,\n"
    assert compare(tmp_path, rows, **LANDING) == []


@pytest.mark.parametrize(
    ("row", "is_compared"),
    [
        ("2014-03-27,19:42:57,Soyuz TMA-16M,launch,2015-016", True),
        ("2014-03-27,19:42:57,One-Year Mission,launch,", True),
        ("2014-03-27,19:42:57,One-Year Mission,launch,2014-001", False),
        ("2014-03-27,19:42:57,Year,launch,", False),
    ],
)
def test_a_launch_is_known_by_its_designation_or_its_name_in_whatever_year(
    tmp_path: Path, row: str, *, is_compared: bool
) -> None:
    assert bool(compare(tmp_path, f"{row}\n", **LAUNCH)) is is_compared


def test_what_the_event_itself_explains_is_no_mistake(tmp_path: Path) -> None:
    keys = LANDING | {"advice_off": "{facts: the table has the time in Moscow}"}
    assert compare(tmp_path, "2016-03-02,07:26,Kelly,landing,\n", **keys) == []


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("date,time\n", 1, "has no column `kind`, `name`"),
        ("", 1, "has no column `date`, `kind`, `name`"),
        (HEAD + "2016-02-30,,a,b,\n", 2, "day is out of range"),
        (HEAD + "2016-03-02,4:26,a,b,\n", 2, "`4:26` is not a time; write 04:26"),
        (HEAD + "2016-03-02,24:26,a,b,\n", 2, "hour must be in 0..23"),
        (HEAD + "2016-03-02\n", 0, ""),
    ],
)
def test_a_table_that_cannot_be_right_is_told_at_its_line(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    file = tmp_path / "facts.csv"
    file.write_text(text, encoding="utf-8")
    mistakes = read_facts(file)[1]
    assert [one.location.line for one in mistakes] == ([line] if line else [])
    assert all(says in one.message for one in mistakes)


def test_a_table_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    ((found,), facts) = reversed(read_facts(tmp_path / "none.csv"))
    assert facts == []
    assert "none.csv: cannot be read" in str(found)
