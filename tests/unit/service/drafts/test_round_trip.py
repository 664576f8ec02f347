"""What is exported and imported again is the same, in every format."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar

from perihelion.schedule.load import load_schedule, parse_schedule
from perihelion.service.clock import RehearsalClock
from perihelion.service.drafts.draft_file import render_drafts
from perihelion.service.drafts.import_rows import import_rows
from perihelion.service.drafts.tables import FORMATS, read_rows
from perihelion.service.event_fields import list_fields
from perihelion.service.exports import export_calendar, export_csv, export_json, select_events
from perihelion.service.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.model.missions import Schedule

SCHEDULE = """\
missions:
  - id: apollo-11
    name: Apollo 11
    agencies: [NASA, "A, B; C"]
    events:
      - id: landing
        at: 1969-07-20T20:17:40Z
        zone: America/Chicago
        kind: landing
        importance: 5
        title: 'The Eagle lands, "softly"; a title that no line of seventy-five octets holds: ñü🚀'
        lead: "The Eagle landed {ago}."
        text: "One line. \\\\n is no line break; nor is this, or that."
        people: [Neil Armstrong, Buzz Aldrin]
        tags: [Moon, Apollo]
        links: [{url: "https://www.nasa.gov/apollo", title: NASA}, {url: "https://example.org/"}]
        sources:
          - {title: A log, url: "https://example.org/log", supports: date, read: 2026-11-28}
          - GCAT 1969-059
          - https://example.org/page
      - {id: leap, at: 2016-02-29, leap_day: mar-1, title: Leap, sources: a log}
      - {id: talk, at: 2016-02-29T12:30Z, title: Talk, tone: memorial, sources: a log}
  - id: days
    name: Days
    events:
      - id: fourth
        at: 1967-01-27
        observe: FREQ=YEARLY;BYMONTH=1;BYDAY=4TH
        count: none
        title: The fourth Thursday
        sources: a log
      - {id: comet, at: 1682-09-05 julian, title: A comet, sources: a log}
"""


@pytest.fixture(scope="module")
def schedule_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("schedule") / "schedule.yaml"
    file.write_text(SCHEDULE, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def exported(schedule_file: Path) -> dict[str, bytes]:
    schedule = load_schedule(schedule_file)
    clock = RehearsalClock(datetime(2026, 11, 29, tzinfo=UTC))
    settings = read_settings({"PERIHELION_SCHEDULE": str(schedule_file)})
    calendar = export_calendar(
        settings,
        schedule,
        schedule.events,
        clock=clock,
        language="en",
        alarm=timedelta(hours=12),
    )
    return {
        "csv": export_csv(schedule.events),
        "json": export_json(schedule.events),
        "ics": calendar,
    }


def import_into(schedule: Schedule, data: bytes, form: str, folder: Path) -> Schedule:
    file = folder / f"events.{form}"
    file.write_bytes(data)
    rows = read_rows(file, FORMATS[form])
    found = import_rows(str(file), rows, FORMATS[form].mapping, schedule)
    assert not found.mistakes
    return parse_schedule(render_drafts(found.drafts, "missions").encode(), "drafts.yaml")


@pytest.mark.parametrize("form", ["csv", "json", "ics"])
def test_what_is_exported_and_imported_again_is_the_same(
    exported: dict[str, bytes], schedule_file: Path, form: str, tmp_path: Path
) -> None:
    empty = parse_schedule(b"missions: []", "empty.yaml")
    before = load_schedule(schedule_file).events
    after = import_into(empty, exported[form], form, tmp_path).events
    assert list(map(list_fields, after)) == list(map(list_fields, before))
    assert [one.moment for one in after] == [one.moment for one in before]
    assert [one.sources for one in after] == [one.sources for one in before]


@pytest.mark.parametrize("form", ["csv", "json", "ics"])
def test_nothing_is_imported_over_an_event_of_the_schedule(
    exported: dict[str, bytes], schedule_file: Path, form: str, tmp_path: Path
) -> None:
    schedule = load_schedule(schedule_file)
    assert import_into(schedule, exported[form], form, tmp_path).events == ()


def test_a_calendar_s_lines_are_short_and_its_ids_stable(exported: dict[str, bytes]) -> None:
    assert max(map(len, exported["ics"].split(b"\r\n"))) <= 75
    (entry, *_) = Calendar.from_ical(exported["ics"]).walk("VEVENT")
    assert str(entry["uid"]) == "apollo-11/landing@perihelion"
    assert "url" not in entry, "nobody said where the website is"
    (alarm,) = entry.walk("VALARM")
    assert alarm.decoded("trigger") == timedelta(hours=-12)


def test_a_table_opens_in_other_programs(exported: dict[str, bytes]) -> None:
    landing = next(csv.DictReader(io.StringIO(exported["csv"].decode(), newline="")))
    assert landing["people"] == "Neil Armstrong\nBuzz Aldrin"
    assert landing["links"] == "NASA <https://www.nasa.gov/apollo>\n<https://example.org/>"
    first = json.loads(exported["json"])[0]
    assert (first["importance"], first["people"]) == (5, ["Neil Armstrong", "Buzz Aldrin"])


def test_some_missions_alone_are_exported(schedule_file: Path) -> None:
    found = select_events(load_schedule(schedule_file), ["days"])
    assert [one.full_id for one in found] == ["days/fourth", "days/comet"]
