"""`search` finds events by words, whatever their language, case and accents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.service.commands.search import command
from tests.fakes.bot_process import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCHEDULE = """
missions:
  - id: venera-7
    name: Venera 7
    tags: [Venus]
    names: {de: Wenera 7}
    events:
      - id: landing
        at: 1970-12-15
        importance: 4
        title: The first landing on Venus
        sources: a test
        translations: {de: {title: Größte Hitze, texts: [Ein Fallschirm riss]}}
  - id: apollo-11
    name: Apollo 11
    events:
      - {id: launch, at: 1969-07-16, importance: 5, title: Out, people: [Zoë Ferré], sources: me}
      - {id: landing, at: 1969-07-20, importance: 3, title: Landed, sources: a test}
"""


def search(folder: Path, *words: str) -> str:
    file = folder / "schedule.yaml"
    file.write_text(SCHEDULE, encoding="utf-8")
    environ = {"PERIHELION_SCHEDULE": str(file), "PERIHELION_TEMPLATES": str(ROOT / "templates")}
    result = CliRunner().invoke(command, [*words, "--state", str(folder / "state")], env=environ)
    assert result.exit_code == 0, result.output
    assert [path.name for path in folder.iterdir()] == ["schedule.yaml"]
    return result.stdout


@pytest.mark.parametrize(
    ("words", "events"),
    [
        ("VENERA", ["venera-7/landing"]),
        ("wenera", ["venera-7/landing"]),
        ("grosste", ["venera-7/landing"]),
        ("fallschirm", ["venera-7/landing"]),
        ("Ferre zoe", ["apollo-11/launch"]),
        ("apollo", ["apollo-11/launch", "apollo-11/landing"]),
        ("landed 1969", ["apollo-11/landing"]),
        ("venus apollo", []),
        (" ", []),
    ],
)
def test_all_words_must_stand_in_the_event_s_words_of_any_language(
    words: str, events: list[str], tmp_path: Path
) -> None:
    found = json.loads(search(tmp_path, words, "--json"))
    assert [one["event"] for one in found] == events


def test_the_table_has_what_the_other_verbs_ask_for(tmp_path: Path) -> None:
    assert search(tmp_path, "land", "apollo").splitlines() == [
        "day         importance  event              title",
        "1969-07-20  3           apollo-11/landing  Landed",
    ]


def test_where_nothing_is_found_the_output_says_what_to_try(tmp_path: Path) -> None:
    assert "try fewer of them" in search(tmp_path, "zzz")
