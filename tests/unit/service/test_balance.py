from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.model.missions import Link, Translation
from perihelion.model.sources import Source
from perihelion.service.balance import classify_source, measure_balance
from tests.fakes.model_builders import make_event, make_mission, make_schedule

if TYPE_CHECKING:
    from perihelion.model.missions import Event, Schedule

ROOT = Path(__file__).resolve().parents[3]
MOON = make_mission(id="apollo-11", agencies=("NASA", "ESA"))


def measure(*events: Event, women: tuple[str, ...] = ()) -> dict[str, dict[str, int]]:
    sections = measure_balance(make_schedule(*events), women)
    return {one.name: dict(one.counts) for one in sections}


def test_events_are_counted_by_decade_importance_kind_and_agency() -> None:
    found = measure(
        make_event(id="a", at="1969-07-20", kind="landing", importance=5, mission=MOON),
        make_event(id="b", at="1969-07-16", kind="launch", importance=5, mission=MOON),
        make_event(
            id="c",
            at="1846-09-23",
            kind="launch",
            importance=2,
            mission=make_mission(id="neptune", agencies=()),
        ),
    )
    assert found["decade"] == {"1840s": 1, "1960s": 2}
    assert found["importance"] == {"2": 1, "5": 2}
    assert found["kind"] == {"launch": 2, "landing": 1}
    assert found["agency"] == {"ESA": 2, "NASA": 2, "none": 1}


def test_an_event_counts_for_women_if_it_names_one() -> None:
    found = measure(
        make_event(id="a", people=("Sally Ride", "John Fabian")),
        make_event(id="b", people=("John Young",)),
        make_event(id="c"),
        women=("Sally Ride", "Nobody Here"),
    )
    assert found["people"] == {
        "women": 1,
        "men and others": 2,
        "events that name anybody": 2,
        "events that name a woman": 1,
    }


def test_what_editors_look_for_is_counted_with_each_language() -> None:
    found = measure(
        make_event(
            id="a",
            at="2016-02-29T20:15Z",
            lead="It was {ago}.",
            links=(Link("https://example.com"),),
            translations=(("de", Translation("Landung")),),
        ),
        make_event(id="b", at="2016-02-29"),
    )
    assert found["events with"] == {
        "a time of day": 1,
        "a lead": 1,
        "several texts": 0,
        "a long text": 0,
        "a link": 1,
        "the language de": 1,
    }
    assert found["days of the year with"] == {"no event": 365, "one": 0, "two or more": 1}


@pytest.mark.parametrize(
    ("source", "sort"),
    [
        (Source("GCAT 1969-059"), "institution or standard work"),
        (Source("doi:10.1126/science.177.4046.307"), "journal"),
        (Source("t", "https://en.wikipedia.org/wiki/Moon"), "encyclopedia"),
        (Source("t", "https://example.com/"), "other page"),
        (Source("a log"), "without a page"),
    ],
)
def test_a_source_is_of_the_sort_that_its_page_is(source: Source, sort: str) -> None:
    assert classify_source(source) == sort


def test_the_names_of_women_are_spelled_as_the_shipped_events_have_them(
    shipped_schedule: Schedule,
) -> None:
    people = {name for one in shipped_schedule.events for name in one.people}
    lines = (ROOT / "schedule" / "women.txt").read_text(encoding="utf-8").splitlines()
    assert {line for line in lines if not line.startswith("#")} - people == set()


def test_a_retired_id_is_never_used_again(shipped_schedule: Schedule) -> None:
    readme = (ROOT / "schedule" / "README.md").read_text(encoding="utf-8")
    retired = json.loads(readme.partition("```json\n")[2].partition("```")[0])
    used = {event.full_id for event in shipped_schedule.events}
    assert retired
    assert used & set(retired) == set()
