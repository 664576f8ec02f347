"""The image: what the Dockerfile copies is enough to post, for a user who may write nowhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.fakes.bot_installation import OWN_VARIABLES
from tests.fakes.skip_or_fail import skip_or_fail

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
NOT_IN_THE_IMAGE = {
    ".pre-commit-hooks.yaml",
    ".ci", ".gitignore", ".python-version", "CHANGELOG.md", "LICENSE", "Makefile", "Procfile",
    "README.md", "SECURITY.md", "app.json", "benchmarks", "deploy", "docs", "missions.schema.json",
    "pyproject.toml", "requirements-dev.in", "requirements-dev.txt", "requirements.in",
    "schedule.schema.json", "state", "tests", ".github",
}  # fmt: skip


def read_instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with what follows it."""
    text = re.sub(r"(?m)^#.*\n", "", (DEPLOY / "Dockerfile").read_text())
    lines = text.replace("\\\n", " ").splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines) if name]


def list_values(name: str) -> list[str]:
    return [rest for instruction, rest in read_instructions() if instruction == name]


def list_copied() -> set[str]:
    """The files and folders of the repository that the image has."""
    words = [rest.split() for rest in list_values("COPY") if not rest.startswith("--from")]
    return {source for *sources, _target in words for source in sources}


def list_top_level() -> set[str]:
    command = [shutil.which("git") or "git", "ls-files"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {line.split("/")[0] for line in listed.stdout.splitlines()}


def test_the_dockerfile_has_only_instructions_that_docker_knows() -> None:
    known = {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "CMD"}
    assert {name for name, _ in read_instructions()} <= known
    assert read_instructions()[0][0] == "FROM"
    assert [json.loads(one) for one in list_values("CMD")] == [["python", "bot.py", "run"]]


def test_the_image_is_slim_and_has_an_ordinary_user_and_no_development_packages() -> None:
    assert all("-slim" in one for one in list_values("FROM"))
    assert list_values("USER") == ["10001"]
    installs = [one for one in list_values("RUN") if "pip install" in one]
    assert len(installs) == 1
    assert "--require-hashes -r requirements.txt" in installs[0]
    assert not any("-dev" in one for one in list_values("COPY") + list_values("RUN"))


def test_everything_at_the_top_level_is_in_the_image_or_known_not_to_be() -> None:
    if not (ROOT / ".git").exists():
        skip_or_fail("this is not a clone")
    there = list_top_level()
    assert {".python-version", "Procfile", "app.json"} <= there
    assert there - NOT_IN_THE_IMAGE == list_copied()


def test_the_builder_gets_what_the_image_copies_and_nothing_else() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == list_copied()
    assert [rule for rule in rules[1:] if not rule.startswith("!")] == ["**/__pycache__"]


def test_every_file_means_the_same_python() -> None:
    version = (ROOT / ".python-version").read_text().strip()
    assert {one.split()[0] for one in list_values("FROM")} == {f"python:{version}-slim"}
    with (ROOT / "pyproject.toml").open("rb") as file:
        lowest = tomllib.load(file)["project"]["requires-python"].removeprefix(">=")
    assert tuple(map(int, version.split("."))) >= tuple(map(int, lowest.split(".")))
    assert "python-version-file: .python-version" in (DEPLOY / "github-actions.yml").read_text()


@pytest.mark.process
def test_what_is_copied_is_enough_to_post(tmp_path: Path) -> None:
    image, state = tmp_path / "bot", tmp_path / "state"
    image.mkdir()
    for name in list_copied():
        source, target = ROOT / name, image / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    before = sorted(image.rglob("*"))
    inherited = {n: v for n, v in os.environ.items() if not OWN_VARIABLES.match(n)}
    command = ["once", "--at", "2027-07-20T20:30Z", "--state", str(state)]
    done = subprocess.run(
        [sys.executable, "-B", "bot.py", *command],
        cwd=image,
        env=inherited | {"PERIHELION_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (state / "timeline.jsonl").read_text().count("\n") >= 1
    assert sorted(image.rglob("*")) == before
