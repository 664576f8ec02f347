"""Rows of other programs' files become drafts, or a list of all that is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import ConfigurationError, UsageError
from perihelion.schedule.load import load_with_mistakes, parse_schedule
from perihelion.service.drafts.draft_file import HEADER, render_drafts
from perihelion.service.drafts.field_mapping import read_mapping
from perihelion.service.drafts.import_rows import import_rows, make_id
from perihelion.service.drafts.tables import FORMATS, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.service.drafts.review import Review

SCHEDULE = parse_schedule(
    b"""\
missions:
  - id: apollo-11
    name: Apollo 11
    events:
      - {id: landing, at: 1969-07-20T20:17:40Z, kind: landing, title: Apollo 11 lands, sources: s}
""",
    "schedule.yaml",
)
MAPPING = """\
columns: {at: Datum, title: Ereignis, people: Wer, mission_name: Mission}
values: {kind: landing, sources: [an almanac]}
separator: " / "
dates: "%d.%m.%Y"
"""


def review(folder: Path, form: str, text: str, mapping: str = "") -> Review:
    file = folder / f"events.{form}"
    file.write_text(text, encoding="utf-8")
    columns = FORMATS[form].mapping
    if mapping:
        (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
        columns = read_mapping(folder / "mapping.yaml")
    return import_rows(str(file), read_rows(file, FORMATS[form]), columns, SCHEDULE)


def test_a_mapping_says_which_column_is_what_and_how_dates_and_lists_are_written(
    tmp_path: Path,
) -> None:
    table = (
        "Datum;Ereignis;Wer;Mission\n24.12.1968;Sie umrunden den Mond;Borman / Lovell;Apollo 8\n"
    )
    (draft,) = review(tmp_path, "csv", table, MAPPING).drafts
    assert draft.fields == {
        "mission": "apollo-8",
        "mission_name": "Apollo 8",
        "id": "sie-umrunden-den-mond",
        "at": "1968-12-24",
        "kind": "landing",
        "title": "Sie umrunden den Mond",
        "people": ["Borman", "Lovell"],
        "sources": ["an almanac"],
    }


def test_all_mistakes_are_found_at_once_with_their_rows(tmp_path: Path) -> None:
    table = (
        "mission,id,at,title,kind,sources\n"
        "a,one,2001-02-30,Title,launch,s\n"
        'a,two,2001-02-28,"Two\nlines",Launch,\n'
        "a,three,2001-02-28,Three,launch,s\n"
        "a,three,2001-02-28,Four,launch,s\n"
    )
    found = [
        str(one).replace(f"{tmp_path}/", "") for one in review(tmp_path, "csv", table).mistakes
    ]
    assert [one.split(";")[0].split(": at least")[0] for one in found] == [
        "events.csv, row 2: at: `2001-02-30` is on a day that does not exist",
        "events.csv, row 3: an event needs `sources`",
        "events.csv, row 3: kind: `Launch` is not valid here",
        "events.csv, row 3: title: this text must stand on one line",
        "events.csv, row 5: the same mission and id as events.csv, row 4",
    ]


def test_a_date_that_the_mapping_cannot_read_is_named(tmp_path: Path) -> None:
    table = "Datum,Ereignis,Wer,Mission\n1968-12-24,Mond,Borman,Apollo 8\n"
    (mistake,) = review(tmp_path, "csv", table, MAPPING).mistakes
    assert mistake.message.startswith("at: '1968-12-24' is not written as %d.%m.%Y")


def test_every_mistake_in_a_mapping_is_named(tmp_path: Path) -> None:
    mapping = 'columns: {att: Date, title: 3}\nvalue: {}\nseparator: ""\n'
    with pytest.raises(ConfigurationError) as caught:
        review(tmp_path, "csv", "a\n", mapping)
    assert [one.message for one in caught.value.mistakes] == [
        "unknown key `value`; did you mean `values`?",
        "columns: unknown key `att`; did you mean `at`?",
        "columns: title: must be a text, not 3",
        "separator: must be a text, in quotes",
    ]


def test_what_looks_like_an_event_of_the_schedule_is_marked(tmp_path: Path) -> None:
    table = (
        "mission,id,at,title,kind,sources\n"
        "eagle,down,1969-07-20T20:17Z,The LM is down,event,s\n"
        "apollo-11,down,1969-07-21,The Eagle is down,landing,s\n"
        "apollo-11,landing,1969-07-20T20:18Z,Down,landing,s\n"
        "voyager,launch,1977-09-05,Voyager leaves,launch,s\n"
    )
    found = review(tmp_path, "csv", table)
    place = "apollo-11/landing (schedule.yaml:5:9)"
    disagree = "; they disagree: {} here, 1969-07-20T20:17:40Z there"
    assert [one.warnings for one in found.drafts] == [
        (),
        (f"may be the same as {place}{disagree.format('1969-07-21')}",),
        (),
    ]
    assert [one.warnings for one in found.present] == [
        (f"in the schedule already: {place}{disagree.format('1969-07-20T20:18Z')}",)
    ]


def test_a_query_s_result_is_read_as_the_service_and_as_the_page_write_it(tmp_path: Path) -> None:
    cells = {
        "item": "http://www.wikidata.org/entity/Q43653",
        "itemLabel": "Apollo 11 comes back",
        "date": "1969-07-24T00:00:00Z",
    }
    bindings = {name: {"type": "literal", "value": value} for name, value in cells.items()}
    answer = {"head": {"vars": [*cells]}, "results": {"bindings": [bindings]}}
    mapping = "columns: {at: date, title: itemLabel, sources: item}\nvalues: {mission: apollo-11}\n"
    for read in (answer, [cells]):
        (draft,) = review(tmp_path, "wikidata", json.dumps(read), mapping).drafts
        assert draft.fields["at"] == "1969-07-24"
        page = {"title": "Wikidata Q43653", "url": "https://www.wikidata.org/wiki/Q43653"}
        assert draft.fields["sources"] == [page]


def test_columns_that_are_not_there_are_named_instead_of_every_row(tmp_path: Path) -> None:
    table = "Date,Headline\n1969-07-20,One\n1969-07-21,Two\n"
    mapping = "columns: {at: Dat, title: Headline}\nvalues: {mission: m, sources: [s]}\n"
    for given, message in (
        ("", "none of the columns (Date, Headline) is called as a field: write a mapping file"),
        (mapping, "columns: at: there is no column `Dat`; did you mean `Date`?"),
    ):
        (mistake,) = review(tmp_path, "csv", table, given).mistakes
        assert mistake.message == message


def test_a_row_without_a_mission_says_where_to_name_one(tmp_path: Path) -> None:
    first, second = review(tmp_path, "csv", "at,title,sources\n1969-07-32,One,s\n").mistakes
    assert first.message.startswith("names no mission: let the mapping file have `mission`")
    assert second.message.startswith("at: "), "its other mistakes are told as well"


def test_a_date_that_is_known_only_to_the_year_is_no_day(tmp_path: Path) -> None:
    rows = [{"date": "1969-01-01T00:00:00Z", "itemLabel": "It flew", "precision": "9"}]
    mapping = "columns: {at: date, title: itemLabel, precision: precision}\nvalues: {mission: m}\n"
    (mistake,) = review(tmp_path, "wikidata", json.dumps(rows), mapping).mistakes
    assert mistake.message == "at: known only to the year"


def test_a_foreign_calendar_is_drafted_by_its_common_properties(tmp_path: Path) -> None:
    calendar = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1@other\nDTSTART:19690720T201740Z\n"
        "SUMMARY:Moon\\, at last (1969)\nURL:https://example.org/\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    mapping = (
        "columns: {at: dtstart, title: summary, sources: url}\nvalues: {mission: moon, id: a}\n"
    )
    (draft,) = review(tmp_path, "ics", calendar, mapping).drafts
    assert draft.fields == {
        "mission": "moon",
        "id": "a",
        "at": "1969-07-20T20:17:40Z",
        "title": "Moon, at last (1969)",
        "sources": [{"title": "https://example.org/"}],
    }


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", "at,title\n1969-07-20\n"),
        ("json", "{}"),
        ("json", "["),
        ("ics", "BEGIN:VCALENDAR\n"),
        ("wikidata", '{"entities": {}}'),
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path: Path, form: str, text: str) -> None:
    with pytest.raises(UsageError, match="is not in the format that was named"):
        review(tmp_path, form, text)


def test_the_bot_loads_no_drafts(tmp_path: Path) -> None:
    table = "mission,at,title,sources\nvoyager,1977-09-05,Voyager leaves,s\n"
    file = tmp_path / "schedule.yaml"
    file.write_text(HEADER + render_drafts(review(tmp_path, "csv", table).drafts), encoding="utf-8")
    schedule, mistakes = load_with_mistakes(file)
    assert schedule.events == ()
    assert any("unknown key `drafts`" in one.message for one in mistakes)


def test_an_id_is_made_of_whole_words() -> None:
    assert make_id("Félicette, the cat, comes back to Earth after 15 minutes") == (
        "felicette-the-cat-comes-back-to-earth"
    )
