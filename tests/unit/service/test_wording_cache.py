"""`check` words anew only what changed, and trusts its cache for nothing else."""

from __future__ import annotations

import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest

import perihelion
from perihelion.service.commands.check import check_everything
from tests.fakes.bot_process import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MISSION = """\
accounts: [{network: x}]
missions:
  - id: m
    name: M
    events:
      - {id: a, at: 1969-07-20, title: A lands, sources: GCAT 1969-059}
      - {id: b, at: 1969-11-14, title: B sets out, sources: GCAT 1969-099}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A schedule of two events that was checked once; the texts in the cache have been replaced.

    A post that comes out of the cache mentions somebody, which `check` tells.
    """
    (tmp_path / "templates").mkdir()
    (tmp_path / "schedule.yaml").write_text(MISSION)
    (tmp_path / "templates" / "default.j2").write_text("{{ title }}, {{ ago }}.")
    words = (ROOT / "templates" / "_words.j2").read_text()
    (tmp_path / "templates" / "_words.j2").write_text(words)
    assert find_worded_before(tmp_path) == set()
    (file,) = (tmp_path / "cache" / "perihelion").iterdir()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE wordings SET text = 'It was @\u2060somebody.'")
        connection.execute("DELETE FROM days")
    connection.close()
    return tmp_path


def find_worded_before(folder: Path) -> set[str]:
    """The ids of the events whose posts came out of the cache."""
    environ = {
        "PERIHELION_SCHEDULE": str(folder / "schedule.yaml"),
        "PERIHELION_STATE": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    result = check_everything(environ)
    assert result.mistakes == []
    told = [one for one in result.advice if one.code == "mention"]
    return {one.message.partition(":")[0] for one in told}


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_what_is_the_same_is_not_worded_again(folder: Path) -> None:
    assert find_worded_before(folder) == {"m/a", "m/b"}


def test_lines_that_move_change_nothing(folder: Path) -> None:
    change(folder / "schedule.yaml", "missions:", "# A comment.\nmissions:")
    assert find_worded_before(folder) == {"m/a", "m/b"}


def test_an_event_that_changed_is_worded_anew_and_no_other(folder: Path) -> None:
    change(folder / "schedule.yaml", "A lands", "A comes down")
    assert find_worded_before(folder) == {"m/b"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("schedule.yaml", "name: M", "name: N"),
        ("templates/default.j2", "{{ title }}", "{{ title }} then"),
        ("templates/_words.j2", "{%", "\n{%"),
    ],
)
def test_a_change_that_concerns_all_posts_words_all_anew(
    folder: Path, file: str, old: str, new: str
) -> None:
    change(folder / file, old, new)
    assert find_worded_before(folder) == set()


def test_another_program_words_all_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "program").mkdir()
    (folder / "program" / "__init__.py").write_text("VERSION = 2")
    monkeypatch.setattr(perihelion, "__file__", str(folder / "program" / "__init__.py"))
    assert find_worded_before(folder) == set()


def test_another_dependency_words_all_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "site" / "jinja2-99.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder / "site")])
    assert find_worded_before(folder) == set()


def test_a_cache_that_is_damaged_or_gone_costs_only_time(folder: Path) -> None:
    (file,) = (folder / "cache" / "perihelion").iterdir()
    file.write_bytes(b"no database" * 1000)
    assert find_worded_before(folder) == set()
    file.unlink()
    assert find_worded_before(folder) == set()
    (folder / "cache" / "perihelion").rename(folder / "elsewhere")
    (folder / "cache" / "perihelion").write_text("a file in place of the folder")
    assert find_worded_before(folder) == set()
