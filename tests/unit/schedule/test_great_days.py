"""The shipped schedule tells every day that an editor may not miss."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from perihelion.model.missions import Schedule


ROOT = Path(__file__).resolve().parents[3]
MUSTS = ROOT / ".." / "shared" / "data" / "musts.csv"
OTHER_NAMES = {
    "ax-2/launch-barnawi": "axiom-mission-2/launch",
    "ax-3/launch-gezeravci": "axiom-mission-3/launch-gezeravci",
    "ax-4/launch": "axiom-mission-4/launch",
    "baikonur/nedelin-catastrophe": "nedelin-catastrophe/fire",
    "brasilsat-a1-arabsat-1a/launch": "brasilsat-a1/launch",
    "crew-11/early-return": "spacex-crew-11/early-return",
    "crew-9/return": "spacex-crew-9/return",
    "falcon-1/reaches-orbit": "falcon-1-flight-4/reaches-orbit",
    "frank-rubio/landing": "soyuz-ms-23/rubio-landing",
    "iss/zarya-and-unity-joined": "sts-88/zarya-and-unity-joined",
    "peggy-whitson/landing": "soyuz-ms-04/whitson-landing",
    "shannon-lucid/landing": "sts-79/lucid-landing",
    "spaceshipone/x-prize": "spaceshipone-17p/x-prize",
    "sts-9/launch-merbold": "sts-9/launch",
    "v-2/first-photograph-of-earth-from-space": "v-2-no-13/first-photograph-of-earth-from-space",
    "wang-yaping/spacewalk": "shenzhou-13/wang-yaping-spacewalk",
}
"""Events whose id in the schedule differs from their name in the list."""


def read_musts() -> list[dict[str, str]]:
    """The rows of the list; skips where it is not at hand."""
    if not MUSTS.exists():
        pytest.skip("the list of great days is not on this machine")
    with MUSTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_great_day_is_told_on_its_day(shipped_schedule: Schedule) -> None:
    told = {event.full_id: event.moment.day for event in shipped_schedule.events}
    missing = [
        row["slug"]
        for row in read_musts()
        if str(told.get(OTHER_NAMES.get(row["slug"], row["slug"])))
        not in {row["date_utc"], row["local_date"]}
    ]
    assert missing == []


def test_every_event_of_importance_5_has_a_long_story_in_each_language(
    shipped_schedule: Schedule,
) -> None:
    told = [
        (event.full_id, event.long, *(said.long for _, said in event.translations))
        for event in shipped_schedule.events
        if event.importance == 5
    ]
    assert [one for one in told if not all(one)] == []
