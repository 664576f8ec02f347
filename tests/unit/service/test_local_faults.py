"""Templates that were right are tried again only when something has changed."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

import perihelion
from perihelion.service.local_faults import find_start_error, open_tried_file
from perihelion.service.wiring import open_app
from tests.fakes.bot_process import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bot whose templates were tried once, and were right."""
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "schedule.yaml").write_text("accounts: [{network: local}]\nmissions: []\n")
    assert find_fault(tmp_path) == ""
    return tmp_path


def find_fault(folder: Path) -> str:
    return _look(folder)[0]


def are_tried(folder: Path) -> bool:
    """Whether the templates are tried by a look that finds them right."""
    fault, tried = _look(folder)
    assert fault == ""
    return tried


def _look(folder: Path) -> tuple[str, bool]:
    environ = {
        "PERIHELION_SCHEDULE": str(folder / "schedule.yaml"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    app = open_app(environ)
    error = find_start_error(app, open_tried_file(app, environ))
    return str(error or ""), "templates" in vars(app)


def test_templates_that_were_right_are_not_tried_again(folder: Path) -> None:
    assert not are_tried(folder)


def test_a_template_that_breaks_is_found_each_time(folder: Path) -> None:
    (folder / "templates" / "launch.j2").write_text("{{ titel }}")
    for _ in range(2):
        assert "launch.j2" in find_fault(folder)


def test_a_template_that_goes_is_found(folder: Path) -> None:
    (folder / "templates" / "default.j2").unlink()
    assert "default.j2" in find_fault(folder)


@pytest.mark.parametrize("file", ["templates/_words.j2", "templates/de/launch.j2"])
def test_any_template_that_changes_has_all_tried_again(folder: Path, file: str) -> None:
    (folder / file).write_text((folder / file).read_text() + "{# more #}")
    assert are_tried(folder)
    assert not are_tried(folder)


def test_another_language_has_its_templates_tried(folder: Path) -> None:
    text = "accounts: [{network: local, language: de}]\nmissions: []\n"
    (folder / "schedule.yaml").write_text(text)
    assert are_tried(folder)


def test_another_program_tries_them_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "program" / "compose").mkdir(parents=True)
    (folder / "program" / "compose" / "templates.py").write_text("VERSION = 2")
    monkeypatch.setattr(perihelion, "__file__", str(folder / "program" / "__init__.py"))
    assert are_tried(folder)


def test_another_dependency_tries_them_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "site" / "jinja2-99.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder / "site")])
    assert are_tried(folder)


def test_without_a_cache_folder_they_are_tried_each_time(folder: Path) -> None:
    shutil.rmtree(folder / "cache")
    (folder / "cache").write_text("")
    assert are_tried(folder)
    assert are_tried(folder)
