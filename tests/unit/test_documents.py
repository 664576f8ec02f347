"""The documents name all there is, and nothing that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perihelion.model.deliveries import State
from perihelion.networks import loader
from perihelion.networks.mastodon.login import GRANULAR_SCOPES
from perihelion.networks.threads import login as threads
from perihelion.networks.x import login as x
from perihelion.service.cli import VERBS
from perihelion.service.setting_names import SETTINGS, Setting

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
OPERATE = (ROOT / "docs" / "operate.md").read_text()
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "benchmarks").glob("*.md")),
]
PROSE = "\n".join(path.read_text() for path in DOCUMENTS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_readme_s_table(verb: str) -> None:
    assert f"| `{verb}` | " in README


def test_the_readme_names_no_verb_that_is_not() -> None:
    assert set(re.findall(r"bot\.py (\w+)", PROSE)) <= {*VERBS, "VERB"}


@pytest.mark.parametrize("network", loader.BUILT_IN_NETWORKS)
def test_every_network_is_in_the_readme_s_table_with_its_variables(network: str) -> None:
    (row,) = (line for line in README.splitlines() if line.startswith(f"| `{network}` | "))
    variables = [v.name for variant in loader.load_spec(network).variants for v in variant]
    assert [v for v in variables if f"`{network.upper()}_{v}`" not in row] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_operator_s_table(setting: Setting) -> None:
    start = f"| `{setting.name}`{' (secret)' if setting.secret else ''} | "
    (row,) = (line for line in OPERATE.splitlines() if line.startswith(start))
    assert setting.default.split()[0] in row


def test_the_documents_name_no_setting_that_is_not() -> None:
    known = {setting.name for setting in SETTINGS}
    assert set(re.findall(r"\bPERIHELION_[A-Z_]+[A-Z]", PROSE)) <= known


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_told_in_the_documents(state: State) -> None:
    assert f"`{state}`" in PROSE


def test_the_security_policy_lists_exactly_what_a_sign_in_asks_for() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    rows = {row[0]: row[1] for row in re.findall(r"(?m)^\| (\w+) \| (.*?) \|", text)}
    assert {name for name in loader.BUILT_IN_NETWORKS if name != "local"} <= rows.keys()
    assert rows["mastodon"].count(f"`{GRANULAR_SCOPES}`") == 1
    assert set(re.findall(r"threads_\w+", rows["threads"])) == set(threads.SCOPES.split(","))
    assert f"`{x.SCOPES}`" in rows["x"]


def list_anchors(path: Path) -> set[str]:
    """What a link to a heading of this document is called, as GitHub makes it."""
    headings = re.findall(r"(?m)^#+ (.*)", path.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_valid_link(path: Path, target: str) -> bool:
    file, _, anchor = target.partition("#")
    there = path.parent / file if file else path
    return there.exists() and (not anchor or anchor in list_anchors(there))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_or_a_heading_leads_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", path.read_text())
    ours = [target for target in targets if "://" not in target]
    assert [target for target in ours if not is_valid_link(path, target)] == []


@pytest.mark.parametrize("file", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_has_its_reason(file: str) -> None:
    decisions = (ROOT / "docs" / "decisions.md").read_text()
    rows = "\n".join(
        line.split(" | ")[0] for line in decisions.splitlines() if line.startswith("| ")
    )
    wishes = re.findall(r"(?m)^([A-Za-z][\w.-]*)", (ROOT / file).read_text())
    assert wishes
    assert [wish for wish in wishes if not re.search(rf"(?<![\w-]){wish}(?![\w-])", rows)] == []


def make_commands(target: str) -> list[str]:
    """What make runs for a target, without its decoration."""
    makefile = (ROOT / "Makefile").read_text().replace("$(BIN)", ".venv/bin")
    recipe = re.search(rf"(?m)^{target}:.*\n((?:\t.*\n)+)", makefile)
    assert recipe
    return [line.strip().removeprefix("@") for line in recipe[1].splitlines()]


@pytest.mark.parametrize(
    ("target", "pins"), [("today", "requirements.txt"), ("test", "requirements-dev.txt")]
)
def test_the_readme_s_commands_are_make_s_own_with_and_without_make(target: str, pins: str) -> None:
    lines = README.splitlines()
    assert f"make {target}" in lines
    plain = next(line for line in lines if line.startswith("python3 -m venv") and pins in line)
    steps = plain.split(" && ")
    assert steps[:2] == ["python3 -m venv .venv", f".venv/bin/python -m pip install -r {pins}"]
    assert steps[2:] == [command.split(" --cov")[0] for command in make_commands(target)]


def test_continuous_integration_runs_the_readme_s_own_test_command() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"
    assert script.stat().st_mode & 0o100
