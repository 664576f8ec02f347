"""`edit` opens an event at its line, and says afterwards what is wrong with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.model.errors import UsageError
from perihelion.model.source_location import SourceLocation
from perihelion.service.commands.edit import command
from perihelion.service.editors import make_command
from tests.fakes.saved_schedule import SavedSchedule

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

PLACE = SourceLocation("schedule/one.yaml", 7, 9)


@pytest.mark.parametrize(
    ("environ", "call"),
    [
        ({"EDITOR": "nano"}, ["nano", "+7", "schedule/one.yaml"]),
        ({"EDITOR": "nano", "VISUAL": "vim -n"}, ["vim", "-n", "+7", "schedule/one.yaml"]),
        ({"VISUAL": "code --wait"}, ["code", "--wait", "--goto", "schedule/one.yaml:7"]),
        ({"VISUAL": "/opt/hx"}, ["/opt/hx", "schedule/one.yaml:7"]),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(
    environ: dict[str, str], call: list[str]
) -> None:
    assert make_command(PLACE, environ) == call


def test_without_any_editor_it_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="EDITOR=nano"):
        make_command(PLACE, {})


def edit(folder: Path, event: str, change: str) -> Result:
    """Edit an event with a program that replaces a part of the file, and notes its line."""
    editor = folder / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "old, new = sys.argv[1].split('|')\n"
        f"pathlib.Path({str(folder / 'line')!r}).write_text(sys.argv[2])\n"
        "file = pathlib.Path(sys.argv[3])\n"
        "file.write_text(file.read_text().replace(old, new))\n",
        encoding="utf-8",
    )
    return CliRunner().invoke(
        command,
        [event, "--schedule", str(folder / "schedule.yaml")],
        env={"VISUAL": f"{sys.executable} {editor} '{change}'"},
        standalone_mode=False,
    )


def test_what_is_right_afterwards_is_shown_on_every_network(tmp_path: Path) -> None:
    SavedSchedule(tmp_path)
    said = edit(tmp_path, "m/e0", "first of|A landing, the first of")
    assert said.return_value == 0, said.output
    assert (tmp_path / "line").read_text(encoding="utf-8") == "+5"
    assert "A landing, the first of number 0 of 1." in said.output
    assert "mastodon" in said.output
    assert "No mistakes in m/e0." in said.output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("title:|titel:", "one.yaml:5:69: unknown key `titel`; did you mean `title`?"),
        ("id: e0|id: e1", "there is no event 'm/e0'; did you mean m/e1?"),
        ('1."|1.", pictures: [{file: no.png, alt: A, credit: B}]', "there is no picture"),
    ],
)
def test_a_mistake_is_named_at_its_place(tmp_path: Path, change: str, says: str) -> None:
    SavedSchedule(tmp_path)
    said = edit(tmp_path, "m/e0", change)
    assert said.return_value == 1
    assert says in said.output


def test_an_event_that_is_not_there_is_not_opened(tmp_path: Path) -> None:
    SavedSchedule(tmp_path)
    said = edit(tmp_path, "m/e1", "a|b")
    assert "there is no event 'm/e1'; did you mean m/e0?" in str(said.exception)
    assert not (tmp_path / "line").exists()
