"""A bot of one's own: what `init` lays out is complete, checks itself, and overwrites nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from perihelion import __version__
from perihelion.model.errors import UsageError
from perihelion.networks import loader
from perihelion.schedule.load import parse_schedule
from perihelion.service.bot_layout import list_files, write_files
from perihelion.service.own_origin import find_requirement, make_requirement
from perihelion.service.setting_names import SETTINGS
from tests.fakes.bot_process import ROOT
from tests.fakes.ordinary_user import as_ordinary_user

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return list_files()


def test_all_that_a_bot_needs_is_there(files: dict[str, bytes]) -> None:
    for name in [
        "schedule.yaml",
        "requirements.txt",
        ".python-version",
        ".env.example",
        "Procfile",
    ]:
        assert files[name], name
    folders = {name.split("/")[0] for name in files if "/" in name}
    assert folders == {".github", "media", "schedule", "state", "templates"}
    assert files["Procfile"] == (ROOT / "Procfile").read_bytes()
    assert files["schedule.schema.json"] == (ROOT / "schedule.schema.json").read_bytes()
    assert files["missions.schema.json"] == (ROOT / "missions.schema.json").read_bytes()
    compile(files["bot.py"], "bot.py", "exec")


def test_its_templates_are_the_repository_s_without_what_is_about_space(
    files: dict[str, bytes],
) -> None:
    ours = {one.relative_to(ROOT).as_posix() for one in (ROOT / "templates").rglob("*.j2")}
    names = {name for name in files if name.startswith("templates/")}
    assert names <= ours
    assert {"templates/launch.j2", "templates/de/flyby.j2"} & names == set()
    assert files["templates/_post.j2"] == (ROOT / "templates/_post.j2").read_bytes()
    for name in names & {"templates/_words.j2", "templates/de/_words.j2", "templates/es/_words.j2"}:
        assert re.findall(rb"set follow_tag = (.*) %", files[name]) == [b'""'], name


@pytest.mark.parametrize("name", [".github/workflows/check.yml", ".pre-commit-config.yaml"])
def test_what_checks_the_calendar_elsewhere_is_yaml_that_calls_check(
    name: str, files: dict[str, bytes]
) -> None:
    assert "python bot.py check" in str(yaml.safe_load(files[name]))


def test_its_events_have_texts_in_every_language_of_its_templates(files: dict[str, bytes]) -> None:
    languages = {name.split("/")[1] for name in files if name.endswith("/_words.j2")}
    events = parse_schedule(files["schedule/railways.yaml"], "railways.yaml").events
    assert len(events) > 5
    for event in events:
        assert {language for language, _ in event.translations} == languages - {"_words.j2"}


def test_every_variable_in_its_env_file_is_one_that_is_read(files: dict[str, bytes]) -> None:
    named = set(re.findall(r"(?m)^(\w+)=", files[".env.example"].decode()))
    known = {setting.name for setting in SETTINGS} | {
        f"{network.upper()}_{variable.name}"
        for network in loader.BUILT_IN_NETWORKS
        for variant in loader.load_spec(network).variants
        for variable in variant
    }
    assert len(named) > 5
    assert named - known == set()


def test_nothing_is_overwritten_and_nothing_half_written(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "Procfile").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine too")
    with pytest.raises(UsageError, match="already has Procfile; nothing was written"):
        write_files(tmp_path, files)
    there = {one.name: one.read_text() for one in tmp_path.iterdir()}
    assert there == {"Procfile": "mine", "notes.txt": "mine too"}


def test_of_much_that_is_in_the_way_only_the_first_is_named(tmp_path: Path) -> None:
    files = {f"{number}.txt": b"" for number in range(9)}
    write_files(tmp_path, files)
    with pytest.raises(UsageError, match=r"has 0.txt, 1.txt, 2.txt, 3.txt, \.\.\.;"):
        write_files(tmp_path, files)


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir(mode=0o555)
    with as_ordinary_user(), pytest.raises(UsageError, match=r"cannot be written: \w"):
        write_files(folder, {"bot.py": b""})


@pytest.mark.parametrize(
    ("noted", "requirement"),
    [
        (None, f"perihelion=={__version__}"),
        (
            '{"url": "https://git.example/x.git", "vcs_info": {"vcs": "git", "commit_id": "a1"}}',
            "perihelion @ git+https://git.example/x.git@a1",
        ),
        ('{"url": "file:///x.whl", "archive_info": {}}', "perihelion @ file:///x.whl"),
        ('{"url": "file:///clone", "dir_info": {}}', "perihelion @ file:///clone"),
    ],
)
def test_the_requirement_is_where_pip_took_it_from(noted: str | None, requirement: str) -> None:
    assert make_requirement(noted) == requirement


def test_in_a_clone_the_requirement_is_the_clone(files: dict[str, bytes]) -> None:
    assert find_requirement() == f"perihelion @ {ROOT.as_uri()}"
    assert files["requirements.txt"].decode().endswith(f"\n{find_requirement()}\n")
