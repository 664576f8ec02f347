"""`add` writes a new mission with its first event, and `add --undo` takes both out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from perihelion.service.new_event_questions import ask_for_rest
from tests.fakes.added_events import add, save_events

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.saved_schedule import SavedSchedule


EVENTS = """\
# All that we remember.
missions:
  # The first one.
  - id: probe   # ours
    name: The Probe
    events:
      - {id: launch, at: 1977-09-05, kind: milestone, title: The probe sets out, sources: [a book]}
      # that was the launch

  # The second one.
  - id: other
    name: The Other
    tags: [Other]
    events:
      - {id: launch, at: 1981-01-01, title: The other one sets out, sources: [a book]}
"""
EVENT = ("--title", "It begins", "--source", "a book")
NEW = ("--mission", "new", "--mission-name", "The New One", *EVENT, "--date", "1980-02-02")


@pytest.fixture
def saved(tmp_path: Path) -> SavedSchedule:
    return save_events(tmp_path, EVENTS)


def list_files(saved: SavedSchedule) -> dict[str, str]:
    """Every file of the schedule, and what is in it."""
    files = [saved.main, *saved.main.parent.glob("schedule/**/*")]
    return {one.name: one.read_bytes().decode() for one in files if one.is_file()}


@pytest.mark.parametrize(
    ("date", "line"), [("1960-01-01", 2), ("1980-02-02", 8), ("1999-09-09", 15)]
)
def test_a_mission_comes_after_those_that_began_earlier_with_all_else_as_it_was(
    saved: SavedSchedule, date: str, line: int
) -> None:
    before = list_files(saved)
    said = add(saved, *NEW, "--date", date, "--agency", "ESA", "--file", "schedule/one.yaml")
    assert said.return_value == 0, said.output
    lines = saved.events.read_text(encoding="utf-8").splitlines()
    count = len(lines) - len(EVENTS.splitlines())
    assert [*lines[:line], *lines[line + count :]] == EVENTS.splitlines()
    assert [one for one in lines[line : line + count] if one] == [
        "  - id: new",
        "    name: The New One",
        "    agencies:",
        "      - ESA",
        "    events:",
        "      - id: it-begins",
        f"        at: {date}",
        "        title: It begins",
        "        sources:",
        "          - a book",
    ]
    assert "mastodon" in said.output
    assert add(saved, "--undo").return_value == 0
    assert list_files(saved) == before


def test_a_new_file_is_written_beside_the_others_and_removed_again(saved: SavedSchedule) -> None:
    before = list_files(saved)
    (saved.folder / "missions.schema.json").touch()
    assert add(saved, *NEW).return_value == 0
    file = saved.folder / "schedule" / "new.yaml"
    head = "# yaml-language-server: $schema=../missions.schema.json\n\nmissions:\n  - id: new\n"
    assert file.read_text(encoding="utf-8").startswith(head)
    saved.open_app()
    touched = saved.folder / "touched"
    touched.touch()
    assert file.stat().st_mode == touched.stat().st_mode, "those who read the schedule may read it"
    assert "new.yaml, and the file was removed" in add(saved, "--undo").output
    assert list_files(saved) == before


def test_a_file_whose_last_line_has_no_end_is_as_before_once_it_is_undone(
    saved: SavedSchedule,
) -> None:
    saved.events.write_text(EVENTS.rstrip(), encoding="utf-8")
    for more in ((*NEW, "--file", "schedule/one.yaml"), ("--mission", "other", *EVENT)):
        before = list_files(saved)
        said = add(saved, *more, "--date", "1999-09-09")
        assert said.return_value == 0, said.output
        saved.open_app()
        add(saved, "--undo")
        assert list_files(saved) == before


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("empty", ["missions: []  # none yet", "missions: []"])
def test_where_nothing_is_included_the_first_mission_goes_into_the_schedule_itself(
    saved: SavedSchedule, empty: str, ending: str
) -> None:
    text = ending.join(["# Ours.", empty, "accounts: [{network: local}]", ""])
    saved.main.write_bytes(text.encode())
    assert add(saved, *NEW).return_value == 0
    comment = empty.removeprefix("missions: []")
    written = list_files(saved)["schedule.yaml"]
    assert written.startswith(
        ending.join(["# Ours.", f"missions:{comment}", "  - id: new", "    name: The New One", ""])
    )
    assert written.replace(ending, "").isprintable(), "all lines end alike"
    assert add(saved, "--undo").return_value == 0
    assert list_files(saved)["schedule.yaml"] == text


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("one", "      - {id: b, at: 1981-02-02, title: More, sources: s}\n"),
        ("one", "        importance: 4\n"),
        ("new", "  - {id: z, name: Z}\n"),
        ("new", "      - {id: b, at: 1981-02-02, title: More, sources: s}\n"),
    ],
)
def test_what_was_written_below_it_since_is_not_given_to_another(
    saved: SavedSchedule, name: str, more: str
) -> None:
    saved.events.write_text(EVENTS.replace("1981-01-01", "1979-01-01"), encoding="utf-8")
    assert add(saved, *NEW, "--file", f"schedule/{name}.yaml").return_value == 0
    file = saved.folder / "schedule" / f"{name}.yaml"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    before = list_files(saved)
    assert "was changed in" in str(add(saved, "--undo").exception)
    assert list_files(saved) == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--mission", "probe"], "probe exists already: The Probe; choose another id"),
        (["--mission", "New One"], "did you mean `new-one`?"),
        (["--mission-name", " "], "a mission needs a name"),
        (["--file", "one.yaml"], "does not match 'one.yaml'; give a file like schedule/*.yaml"),
        (["--file", "../schedule/x.yaml"], "does not match"),
        (["--file", "/schedule/x.yaml"], "does not match"),
        (["--file", "schedule/.x.yaml"], "does not match"),
        (["--file", f"schedule/{'x' * 300}.yaml"], "choose another file"),
    ],
)
def test_what_is_wrong_with_it_is_named_and_nothing_is_written(
    saved: SavedSchedule, options: list[str], says: str
) -> None:
    before = list_files(saved)
    assert says in str(add(saved, *NEW, *options).exception)
    assert list_files(saved) == before


def test_a_file_in_a_folder_that_is_not_there_is_refused(saved: SavedSchedule) -> None:
    text = saved.main.read_text(encoding="utf-8")
    saved.main.write_text(text.replace("schedule/*", "schedule/**/*"), encoding="utf-8")
    said = add(saved, *NEW, "--file", "schedule/deep/new.yaml")
    assert "there is no folder" in str(said.exception)
    (saved.folder / "schedule" / "deep").mkdir()
    assert add(saved, *NEW, "--file", "schedule/deep/new.yaml").return_value == 0


def test_a_folder_that_cannot_be_written_is_named_at_once(
    saved: SavedSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_arguments: False)
    assert "cannot be written; correct its permissions" in str(add(saved, *NEW).exception)


def test_missions_in_one_line_are_left_alone(saved: SavedSchedule) -> None:
    event = "{id: e, at: 1978-01-01, title: T, sources: s}"
    saved.events.write_text(f"missions: [{{id: m, name: M, events: [{event}]}}]", encoding="utf-8")
    before = list_files(saved)
    said = add(saved, *NEW, "--file", "schedule/one.yaml")
    assert "the missions do not begin with `- `" in str(said.exception)
    assert list_files(saved) == before


def test_the_options_of_a_mission_need_its_name(saved: SavedSchedule) -> None:
    said = add(saved, "--mission", "probe", *EVENT, "--date", "1980-01-01", "--agency", "ESA")
    assert "--agency and --file go with --mission-name" in str(said.exception)


def test_an_unknown_mission_is_offered_as_a_new_one_and_wrong_answers_are_asked_again(
    saved: SavedSchedule,
) -> None:
    found: dict[str, object] = {}

    @click.command()
    def ask() -> None:
        found.update(ask_for_rest(saved.open_app(), {"mission": "Voyager 3"}))

    answers = ["y", "probe", "Voyager 3", "", "", "NASA", "", "x.yaml", "", "It begins"]
    answers += ["1980-02-02", "", "", "", "a book", "", ""]
    said = CliRunner().invoke(ask, input="\n".join([*answers, ""]))
    wanted = {"mission": "voyager-3", "mission_name": "Voyager 3", "agencies": ["NASA"]}
    assert found.items() >= {**wanted, "file": "schedule/voyager-3.yaml"}.items(), said.output
    for explained in (
        "probe exists already",
        "did you mean `voyager-3`?",
        "Files: schedule/one.yaml",
        "does not match 'x.yaml'",
        "schedule/voyager-3.yaml will be a new file",
    ):
        assert explained in said.output


def test_a_plus_asks_for_a_new_mission_that_needs_a_name(saved: SavedSchedule) -> None:
    found: dict[str, object] = {}
    given = {"title": "T", "at": "1980-02-02", "kind": "", "text": "", "people": [], "pictures": []}

    @click.command()
    def ask() -> None:
        found.update(ask_for_rest(saved.open_app(), {**given, "sources": ["s"]}))

    said = CliRunner().invoke(ask, input="+\n\nnew\n\nThe New One\n\nschedule/one.yaml\n")
    assert (found.get("mission_name"), found.get("file")) == ("The New One", "schedule/one.yaml")
    assert "this needs an answer" in said.output
