"""`upcoming --round` lists the coming year's 10s, 25s, 50s and 100s."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from click.testing import CliRunner

from perihelion.service.commands.upcoming import command

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

AGES = (1, 5, 10, 11, 25, 50, 55, 75, 100)


def list_upcoming(folder: Path, *options: str) -> Result:
    """Of events that are so many years old in 60 days, each a day after the one before."""
    first = datetime.now(UTC).date() + timedelta(days=60)
    lines = ["missions:", "  - id: m", "    name: M", "    events:"]
    for number, age in enumerate(AGES):
        day = first + timedelta(days=number)
        if (day.month, day.day) == (2, 29):
            day += timedelta(days=len(AGES))
        at = day.replace(year=day.year - age)
        lines.append(f"      - {{id: e{age}, at: {at}, title: Event {age}, sources: a test}}")
    file = folder / "schedule.yaml"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return CliRunner().invoke(command, options, env={"PERIHELION_SCHEDULE": str(file)})


def test_only_round_numbers_of_the_coming_year_are_listed(tmp_path: Path) -> None:
    coming = json.loads(list_upcoming(tmp_path, "--round", "--json").stdout)
    assert sorted(one["count"] for one in coming) == [10, 25, 50, 75, 100]


def test_the_span_can_be_chosen_for_them_as_well(tmp_path: Path) -> None:
    said = list_upcoming(tmp_path, "--round", "--days", "20")
    assert said.stdout == "No round anniversary in the next 20 days; try more --days.\n"


def test_costs_are_of_all_posts(tmp_path: Path) -> None:
    assert "without --round" in str(list_upcoming(tmp_path, "--round", "--cost").exception)
