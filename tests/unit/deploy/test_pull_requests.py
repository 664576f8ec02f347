"""What pull requests and pre-commit run is understood by our own command line, and runs safely."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from perihelion.service.bot_layout import STARTER
from perihelion.service.changed_posts_text import MARKDOWN_LENGTH
from perihelion.service.cli import group

ROOT = Path(__file__).resolve().parents[3]
WORKFLOW = ROOT / ".github/workflows/pull-request.yml"
OTHERS = [ROOT / ".github/workflows/site.yml", ROOT / "deploy/github-actions.yml"]
NEW = STARTER / ".github/workflows/check.yml"
COMMENT_LENGTH = 65_536
"""In characters, as GitHub takes it."""


def read_workflow(file: Path = WORKFLOW) -> dict[Any, Any]:
    read: dict[Any, Any] = yaml.safe_load(file.read_text("utf-8"))
    return read


def list_steps(file: Path = WORKFLOW) -> list[dict[str, Any]]:
    return [step for job in read_workflow(file)["jobs"].values() for step in job["steps"]]


def require_known_command(words: list[str]) -> None:
    """Fail unless our command line takes the verb and its options."""
    command = group.get_command(None, words[0])  # type: ignore[arg-type]  # the context is not read
    assert command is not None, words
    with command.make_context(words[0], words[1:]):
        pass


@pytest.mark.parametrize("file", [WORKFLOW, NEW], ids=lambda file: file.name)
def test_every_command_of_a_workflow_is_understood(file: Path) -> None:
    runs = "\n".join(step.get("run", "") for step in list_steps(file))
    commands = re.findall(r"python bot\.py ([^>\n]+)", runs)
    assert commands
    for command in commands:
        require_known_command(shlex.split(command))


def test_what_a_stranger_proposes_gets_no_secret_and_no_way_into_the_shell() -> None:
    workflow = read_workflow()
    assert workflow[True].keys() == {"pull_request"}  # what YAML 1.1 makes of `on`
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "secrets." not in WORKFLOW.read_text("utf-8")
    for step in job["steps"]:
        assert "${{" not in step.get("run", ""), "a value goes through env"
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("file", [WORKFLOW, NEW], ids=lambda file: file.name)
def test_actions_have_the_versions_of_the_other_workflows(file: Path) -> None:
    pins = [
        dict(step["uses"].split("@") for step in list_steps(one) if "uses" in step)
        for one in (file, *OTHERS)
    ]
    ours, *others = pins
    assert all(re.fullmatch(r"v\d+", version) for version in ours.values())
    for other in others:
        shared = ours.keys() & other.keys()
        assert shared
        assert {name: ours[name] for name in shared} == {name: other[name] for name in shared}


def test_a_comment_with_the_posts_and_the_check_is_one_that_github_takes() -> None:
    (cut,) = (
        re.search(r"head -c (\d+) check.txt", s["run"])
        for s in list_steps()
        if "head -c" in s.get("run", "")
    )
    assert cut is not None
    assert MARKDOWN_LENGTH + int(cut[1]) + 100 < COMMENT_LENGTH


def test_mistakes_fail_the_run_after_the_comment() -> None:
    *_, comment, last = list_steps()
    assert comment["run"].startswith("gh pr comment ")
    assert last == {"if": "steps.check.outcome == 'failure'", "run": "exit 1"}


def list_hooks() -> list[dict[str, Any]]:
    """Our hook, and that of a bot that `init` has laid out."""
    (ours,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    (local,) = yaml.safe_load((STARTER / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    return [ours, *local["hooks"]]


@pytest.mark.parametrize("hook", list_hooks(), ids=["ours", "starter"])
def test_a_hook_checks_the_calendar_whenever_a_part_of_it_changes(hook: dict[str, Any]) -> None:
    words = shlex.split(hook["entry"])
    require_known_command(words[words.index("check") :])
    assert words[:-1] in (["perihelion"], ["python", "bot.py"])
    assert hook["pass_filenames"] is False
    for name in ["schedule.yaml", "schedule/a.yaml", "templates/de/_words.j2", "media/a.jpg"]:
        assert re.search(hook["files"], name), name
    assert not re.search(hook["files"], "README.md")
