"""`add` writes an event at its place and nothing else, and `add --undo` takes it out again."""

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
  - id: probe   # ours
    name: The Probe
    events:
      # It begins.
      - {id: launch, at: 1977-09-05, kind: milestone, title: The probe sets out, sources: [a book]}
      - id: flyby
        at: 1979-03-05T12:05Z
        title:   "The probe passes Jupiter"
        text: >-
          A text in two
          lines.
        sources: [a book]
        # that was the flyby

      # About the end.
      - id: end
        at: 1990-02-14
        title: The probe looks back
        sources: [a book]
  - id: other
    name: The Other
    events:
      - {id: launch, at: 1978-01-01, title: The other one sets out, sources: [a book]}
"""
GIVEN = ("--mission", "probe", "--source", "a book")


@pytest.fixture
def saved(tmp_path: Path) -> SavedSchedule:
    return save_events(tmp_path, EVENTS)


def list_added(saved: SavedSchedule) -> tuple[int, list[str]]:
    """After which line of the file lines were added, and which; the others are as before."""
    before, after = EVENTS.splitlines(), saved.events.read_text(encoding="utf-8").splitlines()
    count = len(after) - len(before)
    start = next(n for n, line in enumerate(after) if n >= len(before) or line != before[n])
    assert after[:start] + after[start + count :] == before
    return start, after[start : start + count]


@pytest.mark.parametrize(
    ("date", "line"), [("1960-01-01", 5), ("1978-05-05", 7), ("1980-02-02", 14), ("1999-09-09", 20)]
)
def test_an_event_comes_after_the_earlier_ones_with_all_else_as_it_was(
    saved: SavedSchedule, date: str, line: int
) -> None:
    said = add(saved, *GIVEN, "--title", "The probe: a new day", "--date", date)
    assert said.return_value == 0, said.output
    start, lines = list_added(saved)
    assert start in {line, line + 1}, "a blank line between two events may be either's"
    assert [one for one in lines if one] == [
        "      - id: the-probe-a-new-day",
        f"        at: {date}",
        "        title: 'The probe: a new day'",
        "        sources:",
        "          - a book",
    ]
    assert "The probe: a new day" in said.output
    assert "mastodon" in said.output


def test_what_was_added_last_is_taken_out_first(saved: SavedSchedule) -> None:
    for date in ("1978-05-05", "1980-02-02"):
        add(saved, *GIVEN, "--title", f"A new day in {date}", "--date", date)
    assert "probe/a-new-day-in-1980-02-02 is no longer in" in add(saved, "--undo").output
    assert "probe/a-new-day-in-1978-05-05 is no longer in" in add(saved, "--undo").output
    assert saved.events.read_text(encoding="utf-8") == EVENTS
    nothing = add(saved, "--undo")
    assert "there is nothing to undo" in str(nothing.exception)


def test_an_event_that_was_changed_since_is_not_taken_out(saved: SavedSchedule) -> None:
    add(saved, *GIVEN, "--title", "A new day", "--date", "1978-05-05")
    changed = saved.events.read_text(encoding="utf-8").replace("A new day", "A newer day")
    saved.events.write_text(changed, encoding="utf-8")
    assert "was changed in" in str(add(saved, "--undo").exception)
    assert saved.events.read_text(encoding="utf-8") == changed


def test_line_breaks_and_permissions_stay_and_a_link_leads_where_it_did(
    saved: SavedSchedule,
) -> None:
    target = saved.folder / "elsewhere.yaml"
    saved.events.rename(target)
    target.write_bytes(EVENTS.replace("\n", "\r\n").encode())
    target.chmod(0o640)
    saved.events.symlink_to(target)
    assert add(saved, *GIVEN, "--title", "A day", "--date", "1978-05-05").return_value == 0
    after = target.read_bytes()
    assert after.count(b"\n") == after.count(b"\r\n") > EVENTS.count("\n")
    assert saved.events.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    add(saved, "--undo")
    assert target.read_bytes() == EVENTS.replace("\n", "\r\n").encode()


def test_an_event_that_looks_the_same_is_added_only_on_purpose(saved: SavedSchedule) -> None:
    twin = (*GIVEN, "--title", "The probe passes Jupiter.", "--date", "1979-03-05")
    said = add(saved, *twin)
    assert (said.return_value, saved.events.read_text(encoding="utf-8")) == (1, EVENTS)
    assert "may be the same as probe/flyby" in said.output
    assert add(saved, *twin, "--anyway").return_value == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--mission", "prob"], "there is no mission 'prob'; did you mean probe?"),
        (["--kind", "lanch"], "there is no kind 'lanch'; did you mean `launch`?"),
        (["--date", "24.12.1978"], "write 1978-12-24"),
        (["--picture", "no.png", "--alt", "A", "--credit", "B"], "there is no picture"),
        (["--alt", "A"], "--alt and --credit go with --picture"),
        (["--id", "launch"], "in the schedule already: probe/launch"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    saved: SavedSchedule, options: list[str], says: str
) -> None:
    saved.events.write_text(EVENTS.replace("kind: milestone", "kind: launch"), encoding="utf-8")
    before = saved.events.read_text(encoding="utf-8")
    said = add(saved, *GIVEN, "--title", "A day", "--date", "1978-05-05", *options)
    assert says in said.output + str(said.exception)
    assert saved.events.read_text(encoding="utf-8") == before


def test_without_a_terminal_what_is_missing_is_named(saved: SavedSchedule) -> None:
    said = add(saved, "--mission", "probe", "--title", "A day")
    assert "--date, --source must be given" in str(said.exception)


def test_events_in_one_line_are_left_alone(saved: SavedSchedule) -> None:
    text = (
        "missions:\n  - {id: m, name: M, events: [{id: e, at: 1978-01-01, title: T, sources: s}]}"
    )
    saved.events.write_text(text, encoding="utf-8")
    said = add(saved, "--mission", "m", "--title", "A", "--date", "1979-01-01", "--source", "s")
    assert "write one below the other" in str(said.exception)
    assert saved.events.read_text(encoding="utf-8") == text


def test_an_interruption_while_it_writes_leaves_the_file_as_it_was(
    saved: SavedSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    said = add(saved, *GIVEN, "--title", "A day", "--date", "1978-05-05")
    assert isinstance(said.exception, click.Abort)
    assert saved.events.read_text(encoding="utf-8") == EVENTS
    assert [file.name for file in saved.events.parent.iterdir()] == ["one.yaml"]


def test_a_wrong_answer_is_explained_and_asked_again(saved: SavedSchedule) -> None:
    found: dict[str, object] = {}

    @click.command()
    def ask() -> None:
        found.update(ask_for_rest(saved.open_app(), {"text": "A text."}))

    answers = [
        "nowhere",
        "n",
        "the",
        "prob",
        "A day",
        "5.5.1978",
        "1978-05-05",
        "milstone",
        "milestone",
    ]
    answers += ["Ada", "", "", "A book <https://example.org/a>", "", "no.png", "A", "B", ""]
    said = CliRunner().invoke(ask, input="\n".join([*answers, ""]))
    assert found == {
        "text": "A text.",
        "mission": "probe",
        "title": "A day",
        "at": "1978-05-05",
        "kind": "milestone",
        "people": ["Ada"],
        "sources": [{"title": "A book", "url": "https://example.org/a"}],
        "pictures": [],
    }, said.output
    for explained in (
        "there is no mission 'nowhere'",
        "  probe: The Probe\n  other: The Other\n",
        "write 1978-05-05",
        "did you mean `milestone`?",
        "an event needs a source",
        "there is no picture",
    ):
        assert explained in said.output
