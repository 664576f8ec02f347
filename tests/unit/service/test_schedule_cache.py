"""A schedule that has not changed is not read as YAML again, and the cache is trusted only then."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import perihelion
from perihelion.model.errors import ConfigurationError
from perihelion.schedule import load
from perihelion.service.schedule_cache import load_cached_schedule
from tests.fakes.bot_process import ROOT

EVENT = """\
missions:
  - id: {0}
    name: M
    events: [{{id: a, at: 1969-07-20, title: "{1}", sources: GCAT 1969-059}}]
"""
FIRST_READ, NOT_READ = ["read"], list[str]()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A schedule of two files that was read once."""
    (tmp_path / "more").mkdir()
    (tmp_path / "schedule.yaml").write_text("include: [more/*.yaml]\n" + EVENT.format("m", "A"))
    (tmp_path / "more" / "one.yaml").write_text(EVENT.format("n", "B"))
    read_titles(tmp_path)
    return tmp_path


@pytest.fixture
def reads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one each time that the files of `folder` are read as YAML."""
    assert folder.is_dir()
    done, load_schedule = list[str](), load.load_schedule

    def count_and_load(path: Path, read: load.ReadFile) -> object:
        done.append("read")
        return load_schedule(path, read)

    monkeypatch.setattr(load, "load_schedule", count_and_load)
    return done


def read_titles(folder: Path) -> set[str]:
    environ = {"XDG_CACHE_HOME": str(folder / "cache")}
    found = load_cached_schedule(folder / "schedule.yaml", environ)
    return {event.title for event in found.events}


def find_kept(folder: Path) -> Path:
    (file,) = (folder / "cache" / "perihelion").iterdir()
    return file


def test_what_has_not_changed_is_not_read_again(folder: Path, reads: list[str]) -> None:
    assert read_titles(folder) == {"A", "B"}
    assert reads == NOT_READ


def test_the_shipped_schedule_comes_out_of_the_cache_as_it_was_read(tmp_path: Path) -> None:
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    first, second = (load_cached_schedule(ROOT / "schedule.yaml", environ) for _ in range(2))
    assert first is not second
    assert repr(first) == repr(second)  # places too, which do not count when events are compared
    assert first == second


@pytest.mark.parametrize("file", ["schedule.yaml", "more/one.yaml"])
def test_a_changed_file_counts_at_once(folder: Path, reads: list[str], file: str) -> None:
    path, stamp = folder / file, (folder / file).stat()
    path.write_text(path.read_text().replace('title: "A"', 'title: "C"').replace('"B"', '"C"'))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert "C" in read_titles(folder)
    assert reads == FIRST_READ
    assert "C" in read_titles(folder)
    assert reads == FIRST_READ


def test_a_file_that_is_added_or_removed_counts_at_once(folder: Path, reads: list[str]) -> None:
    (folder / "more" / "two.yaml").write_text(EVENT.format("o", "C"))
    assert read_titles(folder) == {"A", "B", "C"}
    (folder / "more" / "one.yaml").unlink()
    assert read_titles(folder) == {"A", "C"}
    assert reads == ["read", "read"]


def test_a_file_that_changes_while_it_is_read_counts_the_next_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, load_schedule = folder / "schedule.yaml", load.load_schedule

    def load_and_change(path: Path, read: load.ReadFile) -> object:
        schedule = load_schedule(path, read)
        main.write_text("include: [more/*.yaml]\n" + EVENT.format("m", "D"))
        return schedule

    main.write_text("include: [more/*.yaml]\n" + EVENT.format("m", "C"))
    with monkeypatch.context() as patch:
        patch.setattr(load, "load_schedule", load_and_change)
        assert read_titles(folder) == {"C", "B"}
    assert read_titles(folder) == {"D", "B"}


def test_mistakes_are_found_each_time(folder: Path) -> None:
    (folder / "more" / "two.yaml").write_text(EVENT.format("n", "B"))
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="already stands in"):
            read_titles(folder)


def test_another_program_reads_anew(
    folder: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "program" / "schedule").mkdir(parents=True)
    (folder / "program" / "schedule" / "reader.py").write_text("VERSION = 2")
    monkeypatch.setattr(perihelion, "__file__", str(folder / "program" / "__init__.py"))
    read_titles(folder)
    assert reads == FIRST_READ


def test_another_dependency_reads_anew(
    folder: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "site" / "tzdata-99.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder / "site")])
    read_titles(folder)
    assert reads == FIRST_READ


def test_marks_name_the_file_as_it_is_given(
    folder: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    environ = {"XDG_CACHE_HOME": str(folder / "cache")}
    (event, _) = load_cached_schedule(Path("schedule.yaml"), environ).events
    assert str(event.location).startswith("schedule.yaml:")
    assert reads == FIRST_READ


@pytest.mark.parametrize("kept", [b"", b"x", b"damaged" * 100])
def test_a_cache_that_is_damaged_costs_only_time(
    folder: Path, reads: list[str], kept: bytes
) -> None:
    file = find_kept(folder)
    for content in (kept, file.read_bytes()[:-1]):
        file.write_bytes(content)
        assert read_titles(folder) == {"A", "B"}
    assert reads == ["read", "read"]


def test_a_cache_that_others_may_write_is_not_opened(folder: Path, reads: list[str]) -> None:
    find_kept(folder).chmod(0o666)
    assert read_titles(folder) == {"A", "B"}
    assert reads == FIRST_READ
    assert find_kept(folder).stat().st_mode & 0o077 == 0


def test_without_a_folder_that_can_be_written_each_read_is_the_first(
    folder: Path, reads: list[str]
) -> None:
    (folder / "file").write_text("")
    for environ in ({}, {"XDG_CACHE_HOME": str(folder / "file")}):
        found = load_cached_schedule(folder / "schedule.yaml", environ)
        assert len(found.events) == 2
    assert reads == ["read", "read"]
    assert (folder / "file").read_text() == ""
