"""What the deploy files start is understood by our own command line, and named in the manual."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from perihelion.networks import loader
from perihelion.service.cli import VERBS, group
from perihelion.service.setting_names import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
TOP_LEVEL_FILES = {"app.json", "Procfile"}
FILES = sorted(
    TOP_LEVEL_FILES | {f"deploy/{path.name}" for path in DEPLOY.iterdir() if path.is_file()}
)
PLATFORM_VARIABLES = {"PORT", "POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB"}
NETWORK_VARIABLES = {
    f"{network.upper()}_{variable.name}"
    for network in loader.BUILT_IN_NETWORKS
    for variant in loader.load_spec(network).variants
    for variable in variant
}
SETTING_NAMES = {setting.name for setting in SETTINGS}
MANUAL = (ROOT / "docs" / "operate.md").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
RENDER = yaml.safe_load((DEPLOY / "render.yaml").read_text())


def read_document(name: str) -> Any:  # noqa: ANN401 - JSON, YAML or TOML
    text = (ROOT / name).read_text()
    if name.endswith(".json"):
        return json.loads(text)
    if name.endswith(".toml"):
        return tomllib.loads(text)
    return yaml.safe_load(text)


def list_commands(name: str) -> Iterator[list[str]]:
    """What follows `bot.py` in each line of a file that starts it; `%i` is any verb of ours."""
    for line in (ROOT / name).read_text().splitlines():
        code = line.split("#")[0]
        for command in re.findall(r"python3?\"?,? \"?bot\.py\"?,? ([^\"\]]+|\"[^\]]+)", code):
            yield shlex.split(command.replace(",", " ").replace("%i", "run"))


STARTING = [name for name in FILES if any(list_commands(name))]


def test_the_files_that_start_something_are_found() -> None:
    others = {"deploy/env.example", "deploy/Dockerfile.dockerignore", "deploy/sbom.py"}
    assert set(FILES) - set(STARTING) == others


@pytest.mark.parametrize("name", STARTING)
def test_every_command_is_understood(name: str) -> None:
    for verb, *arguments in list_commands(name):
        command = group.get_command(None, verb)  # type: ignore[arg-type]  # the context is not read
        assert command is not None, verb
        with command.make_context(verb, arguments):
            pass


def test_each_platform_starts_the_procfile_s_processes() -> None:
    procfile = {" ".join(command) for command in list_commands("Procfile")}
    assert procfile == {"migrate", "run", "web"}
    for names in (["fly.toml"], ["render.yaml"], ["railway.json", "railway-web.json"]):
        started = {
            " ".join(command) for name in names for command in list_commands(f"deploy/{name}")
        }
        assert started == procfile, names


@pytest.mark.parametrize("name", [one for one in FILES if one.endswith((".json", ".toml", "ml"))])
def test_every_file_can_be_parsed(name: str) -> None:
    assert isinstance(read_document(name), dict)


@pytest.mark.parametrize("name", FILES)
def test_every_variable_is_one_that_is_read(name: str) -> None:
    text = (ROOT / name).read_text()
    prefixes = "|".join(sorted({one.split("_")[0] for one in NETWORK_VARIABLES} | {"POSTGRES"}))
    named = set(re.findall(rf"\b(?:PERIHELION|DATABASE|{prefixes})_[A-Z_]*[A-Z]", text))
    assert named <= SETTING_NAMES | NETWORK_VARIABLES | PLATFORM_VARIABLES


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_a_registry_s_host(name: str) -> None:
    text = (ROOT / name).read_text()
    images = re.findall(r"(?m)^(?:FROM|\s+image:) (\S+)", text)
    assert [image for image in images if "." in image.split("/")[0].split(":")[0]] == []
    assert not re.search(r"--(extra-)?index-url|--find-links|registry", text)


@pytest.mark.parametrize("name", [*FILES, ".python-version"])
def test_the_operator_s_manual_says_what_every_file_is_for(name: str) -> None:
    assert re.search(rf"`/?{re.escape(name)}`", MANUAL)


def test_every_option_in_the_manual_is_one_that_its_verb_has() -> None:
    spans = re.findall(r"bot\.py ([a-z]+)([^`\n]*)", MANUAL)
    asked = {(verb, option) for verb, rest in spans for option in re.findall(r"--[a-z-]+", rest)}
    known = {
        (verb, option)
        for verb in VERBS
        for parameter in group.get_command(None, verb).params  # type: ignore[union-attr, arg-type]  # the context is not read
        for option in parameter.opts
    }
    assert len(asked) > 10
    assert asked - known == set()


def list_environment(service: dict[str, Any]) -> set[str]:
    return {one["key"] for one in service["envVars"]}


def test_the_website_gets_no_credentials_of_an_account() -> None:
    allowed = SETTING_NAMES | PLATFORM_VARIABLES
    web = COMPOSE["services"]["web"]
    assert "env_file" not in web
    assert web["environment"].keys() <= allowed
    (on_render,) = (one for one in RENDER["services"] if one["type"] == "web")
    assert list_environment(on_render) <= allowed
    (worker,) = (one for one in RENDER["services"] if one["type"] == "worker")
    assert not list_environment(worker) <= allowed


def test_compose_s_programs_write_nowhere_but_in_the_state_folder() -> None:
    for name in ("worker", "web"):
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["build"] == {"context": "..", "dockerfile": "deploy/Dockerfile"}
    assert COMPOSE["services"]["worker"]["volumes"] == ["state:/state"]


def test_the_workflow_may_only_read_and_never_runs_twice_at_once() -> None:
    workflow = read_document("deploy/github-actions.yml")
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"] == {"group": "post", "cancel-in-progress": False}
    triggers = workflow[True]  # what YAML 1.1 makes of `on`
    assert [one["cron"] for one in triggers["schedule"]] == ["7-59/10 * * * *"]
    steps = workflow["jobs"]["post"]["steps"]
    assert all("@" in step["uses"] for step in steps if "uses" in step)
    assert "--require-hashes -r requirements.txt" in steps[2]["run"]
