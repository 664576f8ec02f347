"""A schedule in several files."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from perihelion.model.errors import ConfigurationError
from perihelion.model.missions import Picture
from perihelion.schedule.json_schema import (
    INCLUDED_SCHEMA_FILE,
    SCHEMA_FILE,
    build_included_json_schema,
    build_json_schema,
    render_json_schema,
)
from perihelion.schedule.load import load_schedule, load_with_mistakes
from perihelion.schedule.matching_files import list_matching_files, matches_pattern
from tests.fakes.schedule_texts import read_as_editor

ROOT = Path(__file__).resolve().parents[3]


def mission(name: str, event: str = "landing", **keys: str) -> str:
    """A mission with one event, on two lines; the event's keys begin in line 3."""
    given = {"at": "2016-03-02T04:26Z", "title": "Landing", "sources": "NASA"} | keys
    event_keys = ", ".join(f"{key}: {value}" for key, value in given.items())
    return f"  - {{id: {name}, name: {name},\n     events: [{{id: {event},\n {event_keys}}}]}}\n"


def write_files(folder: Path, files: dict[str, str]) -> Path:
    """The files below `folder`; the path of the schedule among them."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "schedule.yaml"


def list_mistakes(schedule: Path) -> list[tuple[str, int, int, str, str]]:
    """File (below the schedule's folder), line, column, code and message."""
    return [
        (
            str(Path(one.location.file).relative_to(schedule.parent)),
            one.location.line,
            one.location.column,
            one.code,
            one.message,
        )
        for one in load_with_mistakes(schedule)[1]
    ]


def test_a_schedule_has_the_missions_of_all_files_that_it_includes(tmp_path: Path) -> None:
    schedule = load_schedule(
        write_files(
            tmp_path,
            {
                "schedule.yaml": "include: [more/*.yaml, last.yaml]\nmissions:\n" + mission("own"),
                "more/b.yaml": "missions:\n" + mission("b"),
                "more/a.yaml": "missions:\n" + mission("a"),
                "more/.hidden.yaml": "missions:\n" + mission("hidden"),
                "more/a.yaml~": "missions:\n" + mission("backup"),
                "last.yaml": "missions:\n" + mission("last"),
                "unnamed.yaml": "missions:\n" + mission("unnamed"),
            },
        )
    )
    assert {one.id for one in schedule.missions} == {"own", "a", "b", "last"}
    assert {one.full_id for one in schedule.events} == {
        f"{name}/landing" for name in ("own", "a", "b", "last")
    }


def test_a_schedule_may_be_nothing_but_its_files(tmp_path: Path) -> None:
    files = {"schedule.yaml": "include: a.yaml\n", "a.yaml": "missions:\n" + mission("a")}
    (event,) = load_schedule(write_files(tmp_path, files)).events
    assert event.location is not None
    assert (event.location.file, event.location.line) == (str(tmp_path / "a.yaml"), 3)


def test_a_schedule_with_neither_missions_nor_files_is_a_mistake(tmp_path: Path) -> None:
    schedule = write_files(tmp_path, {"schedule.yaml": "defaults: {language: de}\n"})
    (mistake,) = list_mistakes(schedule)
    assert mistake[1:] == (1, 1, "missing-key", "the schedule needs `missions` or `include`")


def test_the_defaults_hold_for_the_events_of_every_file(tmp_path: Path) -> None:
    files = {
        "schedule.yaml": "include: a.yaml\ndefaults: {late: 6h}\n",
        "a.yaml": "missions:\n" + mission("a"),
    }
    (event,) = load_schedule(write_files(tmp_path, files)).events
    assert event.late.seconds == 6 * 3600


def test_the_order_of_files_and_of_patterns_never_matters(tmp_path: Path) -> None:
    names = ["one.yaml", "two/a.yaml", "two/*.yaml"]
    files = {name: "missions:\n" + mission(name[0]) for name in names[:2]}
    schedules = [
        load_schedule(write_files(tmp_path, files | {"schedule.yaml": f"include: {list(order)}"}))
        for order in permutations(names)
    ]
    assert [one.id for one in schedules[0].missions] == ["o", "t"]
    assert all(one == schedules[0] for one in schedules)


def test_pictures_stay_relative_to_the_schedules_own_folder(tmp_path: Path) -> None:
    picture = "{file: media/a.jpg, alt: A, credit: NASA}"
    files = {
        "schedule.yaml": "include: more/a.yaml\n",
        "more/a.yaml": "missions:\n" + mission("a", picture=picture),
    }
    (event,) = load_schedule(write_files(tmp_path, files)).events
    assert event.pictures == (Picture("media/a.jpg", "A", "NASA"),)


def test_a_mistake_names_its_file_and_hides_none_of_another_file(tmp_path: Path) -> None:
    files = {
        "schedule.yaml": "include: more/*.yaml\nacounts: []\n",
        "more/a.yaml": "missions:\n" + mission("a", at="2015-02-29"),
        "more/b.yaml": "missions:\n" + mission("b", "x", tilte="x") + "  - ]",
        "more/c.yaml": "missions:\n" + mission("c"),
    }
    schedule = write_files(tmp_path, files)
    assert [mistake[:4] for mistake in list_mistakes(schedule)] == [
        ("more/a.yaml", 4, 6, "bad-date"),
        ("more/b.yaml", 4, 56, "unknown-key"),
        ("more/b.yaml", 5, 5, "syntax"),
        ("schedule.yaml", 2, 1, "unknown-key"),
    ]
    assert "c/landing" in {one.full_id for one in load_with_mistakes(schedule)[0].events}


@pytest.mark.parametrize("key", ["accounts: []", "defaults: {language: de}", "include: c.yaml"])
def test_an_included_file_holds_missions_only(tmp_path: Path, key: str) -> None:
    files = {"schedule.yaml": "include: a.yaml\n", "a.yaml": f"missions: []\n{key}\n"}
    (mistake,) = list_mistakes(write_files(tmp_path, files))
    assert mistake[:4] == ("a.yaml", 2, 1, "unknown-key")
    name = key.partition(":")[0]
    assert mistake[4] == (
        f"`{name}` belongs in the schedule itself; an included file holds `missions` only"
    )


def test_a_mission_in_two_files_is_told_with_both_places(tmp_path: Path) -> None:
    files = {
        "schedule.yaml": "include: '*/*.yaml'\nmissions:\n" + mission("x"),
        "a/a.yaml": "missions:\n" + mission("m", "one"),
        "b/b.yaml": "# a comment\nmissions:\n" + mission("m", "two") + mission("x"),
    }
    schedule = write_files(tmp_path, files)
    first, second = list_mistakes(schedule)
    assert first[:4] == ("b/b.yaml", 3, 10, "duplicate-id")
    assert f"already stands in {tmp_path / 'a/a.yaml'} on line 2" in first[4]
    assert second[:4] == ("b/b.yaml", 6, 10, "duplicate-id")
    assert f"already stands in {schedule} on line 3" in second[4]


def test_a_mission_twice_in_one_file_is_one_mistake(tmp_path: Path) -> None:
    files = {
        "schedule.yaml": "include: a.yaml\n",
        "a.yaml": "missions:\n" + mission("m") + mission("m", "two"),
    }
    assert [mistake[:4] for mistake in list_mistakes(write_files(tmp_path, files))] == [
        ("a.yaml", 5, 10, "duplicate-id")
    ]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("none.yaml", "matches no file"),
        ("more/*.yml", "matches no file"),
        ("more/gone.yaml", "matches no file"),
        ("more", "is a folder; end the pattern in `/*.yaml`"),
        ("more/*", "matches a folder; end the pattern in `/*.yaml`"),
        ("'*.yaml'", "matches this file itself"),
        ("schedule.yaml", "matches this file itself"),
        ("../other.yaml", "a path or pattern below the schedule's own folder"),
        ("more/../../other.yaml", "a path or pattern below the schedule's own folder"),
        ("/etc/*.yaml", "a path or pattern below the schedule's own folder"),
        ("'C:\\schedule.yaml'", "a path or pattern below the schedule's own folder"),
    ],
)
def test_a_pattern_that_cannot_be_right_is_told_at_its_place(
    tmp_path: Path, pattern: str, says: str
) -> None:
    (tmp_path / "other.yaml").write_text("missions: []\n")
    files = {
        "schedule.yaml": f"missions: []\ninclude:\n  - {pattern}\n",
        "more/folder/a.txt": "",
        "more/a.yaml": "missions: []\n",
    }
    (mistake,) = list_mistakes(write_files(tmp_path / "bot", files))
    assert mistake[:4] == ("schedule.yaml", 3, 5, "bad-include")
    assert says in mistake[4]


@pytest.mark.parametrize(
    ("text", "line", "code", "says"),
    [
        ("", 1, "empty-file", "an included file holds at least `missions: []`"),
        ("# a comment\n", 1, "empty-file", "an included file holds at least `missions: []`"),
        (
            "missions:\n  - {id: a, name: A, events: [{id: b, at: 2016",
            2,
            "syntax",
            "what opens here is never closed",
        ),
        ("missions:\n" + mission("a")[:60], 3, "syntax", "what opens here is never closed"),
        ("- id: a\n", 1, "wrong-type", "an included file, a mapping with keys such as `missions:`"),
    ],
)
def test_a_file_that_is_written_by_half_is_told_as_such(
    tmp_path: Path, text: str, line: int, code: str, says: str
) -> None:
    schedule = write_files(tmp_path, {"schedule.yaml": "include: a.yaml\n", "a.yaml": text})
    found = {mistake[3]: mistake for mistake in list_mistakes(schedule)}
    assert found[code][:2] == ("a.yaml", line)
    assert says in found[code][4]


def test_a_link_to_nowhere_is_a_mistake_of_that_file(tmp_path: Path) -> None:
    schedule = write_files(tmp_path, {"schedule.yaml": "include: '*/*.yaml'\n", "more/x": ""})
    (tmp_path / "more" / "a.yaml").symlink_to("nowhere")
    (mistake,) = list_mistakes(schedule)
    assert mistake[:4] == ("more/a.yaml", 0, 0, "no-file")


def test_a_file_that_may_not_be_read_says_why(tmp_path: Path) -> None:
    files = {"schedule.yaml": "include: a.yaml\n", "a.yaml": "missions: []\n"}
    schedule = write_files(tmp_path, files)

    def refuse_included(path: Path) -> bytes:
        if path.name == "a.yaml":
            raise PermissionError(13, "Permission denied")
        return path.read_bytes()

    with pytest.raises(ConfigurationError, match=r"a\.yaml: cannot be read: Permission denied"):
        load_schedule(schedule, refuse_included)


def list_problems(document: object) -> list[str]:
    """What the schema of included files says, with the whole schema that it refers to."""
    whole: Resource[Any] = Resource.from_contents(build_json_schema())
    registry: Registry[Any] = Registry().with_resource(f"file:///{SCHEMA_FILE}", whole)
    schema = build_included_json_schema() | {"$id": f"file:///{INCLUDED_SCHEMA_FILE}"}
    return [
        error.message
        for error in Draft202012Validator(schema, registry=registry).iter_errors(document)
    ]


def test_the_committed_schema_of_included_files_is_current() -> None:
    written = (ROOT / INCLUDED_SCHEMA_FILE).read_text(encoding="utf-8")
    assert written == render_json_schema(build_included_json_schema())


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted((ROOT / "schedule").glob("*.yaml")), ids=lambda f: f.name)
def test_every_file_of_the_repositorys_schedule_pleases_its_schema(file: Path) -> None:
    written = file.read_text(encoding="utf-8")
    assert written.startswith(f"# yaml-language-server: $schema=../{INCLUDED_SCHEMA_FILE}\n")
    assert list_problems(read_as_editor(written)) == []


@pytest.mark.parametrize("key", ["accounts", "defaults", "include", "missions"])
def test_the_schema_of_included_files_knows_missions_only(key: str) -> None:
    assert (list_problems({"missions": []} | {key: []}) == []) is (key == "missions")


def test_the_schema_of_included_files_knows_every_key_of_a_mission() -> None:
    event = {"id": "a", "at": "2016-02-29", "title": "t", "sources": "s"}
    good: dict[str, Any] = {"missions": [{"id": "m", "name": "M", "events": [event]}]}
    assert list_problems(good) == []
    bad = json.loads(json.dumps(good).replace('"at"', '"att"'))
    assert list_problems(bad)


@pytest.mark.parametrize(
    "pattern",
    ["s/*.yaml", "s/**", "**/*.yaml", "s/**/x.yaml", "*", "**", "s/?.yaml", "s/.*", "s/[x]*"],
)
def test_whether_a_pattern_would_match_a_file_is_known_before_it_is_there(
    pattern: str, tmp_path: Path
) -> None:
    names = [
        "x.yaml",
        "s/x.yaml",
        "s/.x.yaml",
        "s/t/x.yaml",
        "s/.t/x.yaml",
        "s/t/u/y.yaml",
        "s/x.yml",
    ]
    write_files(tmp_path, dict.fromkeys(names, ""))
    there = {str(one.relative_to(tmp_path)) for one in list_matching_files(pattern, tmp_path)}
    assert {name for name in names if matches_pattern(pattern, name)} == there
    assert not matches_pattern(pattern, "s//x.yaml")
    assert not matches_pattern(pattern, "/x.yaml")


def test_a_file_that_is_not_saved_yet_counts_as_included(tmp_path: Path) -> None:
    schedule = write_files(tmp_path, {"schedule.yaml": "missions: []"})
    new = tmp_path / "new.yaml"
    text = (
        "missions:\n  - {id: m, name: M, events: [{id: e, at: 2000-01-01, title: T, sources: s}]}"
    )
    found, mistakes = load_with_mistakes(
        schedule, lambda path: text.encode() if path == new else path.read_bytes(), (new,)
    )
    assert ([one.full_id for one in found.events], mistakes) == (["m/e"], [])
