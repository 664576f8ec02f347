"""The rules that no linter knows: layers, the clock, reasons, names and the length of files."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "perihelion").rglob("*.py"))
PYTHON = [
    *SOURCES,
    ROOT / "bot.py",
    *sorted((ROOT / "tests").rglob("*.py")),
    *sorted((ROOT / "benchmarks").rglob("*.py")),
]
TIME_CALLS = {
    *(f"datetime.{name}" for name in ("now", "utcnow", "today")),
    "date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime")),
    *(f"time.{name}" for name in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")),
}
MAY_MEASURE = {
    "perihelion/publish/request_pool.py": {
        "time.monotonic",
        "time.sleep",
    },  # how long requests take
    "perihelion/ledger/engine.py": {"time.monotonic"},  # how long connections rest
    "perihelion/testing/http_contract.py": {"time.monotonic"},  # sees that an adapter ends in time
    "perihelion/service/clock.py": TIME_CALLS,
    "perihelion/networks/nostr/relay.py": {"time.monotonic"},  # as transport, for WebSockets
    "perihelion/networks/shared/http_session.py": {"time.monotonic"},  # ends a request that drips
    "perihelion/networks/shared/media.py": {"time.monotonic"},  # starts no upload too late
    "perihelion/service/wiring.py": {"time.monotonic"},  # hands it to those who measure a send
}
"""Who may ask what: a deadline is measured in steady seconds and says nothing of the time."""

_CACHES = shutil.ignore_patterns("__pycache__")


def relative_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports as run; sys.exit(run())"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_data_flows_one_way() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("model/posts.py", "import perihelion.schedule"),
        ("almanac/__init__.py", "import sqlite3"),
        ("networks/base.py", "import perihelion.ledger"),
        ("publish/__init__.py", "import perihelion.networks.loader"),
        ("publish/planner.py", "from perihelion.networks import base, local"),
        ("publish/planner.py", "import perihelion.networks.bluesky.repository"),
        ("publish/planner.py", "import perihelion.networks.shared.http_client"),
        ("networks/threads/adapter.py", "import perihelion.networks.mastodon.adapter"),
        ("networks/threads/adapter.py", "import perihelion.networks.x.api"),
        ("networks/threads/api.py", "import perihelion.networks.loader"),
        ("networks/shared/http_client.py", "from perihelion.networks import x"),
        ("networks/base.py", "from .x import costs"),
        ("ledger/values.py", "import perihelion.ledger.rows"),
        ("attic.py", ""),
    ],
)
def test_an_import_from_a_higher_layer_is_caught(file: str, line: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "perihelion", tmp_path / "perihelion", ignore=_CACHES)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    changed = tmp_path / "perihelion" / file
    before = changed.read_text() if changed.exists() else ""
    changed.write_text(f"{before}\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout or "attic" in done.stdout


def test_a_network_that_no_contract_names_is_separate_too(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "perihelion", tmp_path / "perihelion", ignore=_CACHES)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    added = tmp_path / "perihelion" / "networks" / "added"
    added.mkdir()
    (added / "__init__.py").touch()
    (added / "adapter.py").write_text("import perihelion.networks.shared.http_client\n")
    assert lint_imports(tmp_path).returncode == 0
    (added / "adapter.py").write_text("import perihelion.networks.x.api\n")
    assert "added" in lint_imports(tmp_path).stdout


def find_time_calls(tree: ast.AST) -> set[str]:
    """Each `owner.name` in the tree that asks for the time, however the owner was imported."""
    found = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
                found.add(f"{owner}.{name}")
            case ast.ImportFrom(module=owner, names=aliases):
                found |= {f"{owner}.{alias.name}" for alias in aliases}
    return found & TIME_CALLS


def test_only_the_clock_asks_what_time_it_is() -> None:
    found = {relative_name(path): find_time_calls(ast.parse(path.read_text())) for path in SOURCES}
    unexpected = {name: calls - MAY_MEASURE.get(name, set()) for name, calls in found.items()}
    assert {name: calls for name, calls in unexpected.items() if calls} == {}


@pytest.mark.parametrize(
    "code",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "field(default_factory=datetime.now)",
        "from time import monotonic",
    ],
)
def test_every_way_to_ask_for_the_time_is_seen(code: str) -> None:
    assert find_time_calls(ast.parse(code))


def find_unexplained_ignores(path: Path) -> list[str]:
    return [
        f"{relative_name(path)}:{number}: {line.strip()}"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (_NOQA.search(line) and not _NOQA_WITH_REASON.search(line))
        or (_IGNORE.search(line) and not _IGNORE_WITH_REASON.search(line))
    ]


_NOQA = re.compile(r"# noqa\b")
_NOQA_WITH_REASON = re.compile(r"# noqa: [A-Z]+\d+(, ?[A-Z]+\d+)* - \w+")
_IGNORE = re.compile(r"# type: ignore\b")
_IGNORE_WITH_REASON = re.compile(r"# type: ignore\[[a-z, -]+\]  # \w+")


def test_every_exception_to_a_rule_carries_its_reason() -> None:
    others = [path for path in PYTHON if path != Path(__file__)]
    assert [line for path in others for line in find_unexplained_ignores(path)] == []


FORBIDDEN = re.compile(
    r"(?:^|_)(crew|errands?|manners|desk|hire[ds]?|bureau|book|judge|setback|courier|shelf|office"
    r"|stage|warming|astray|world|newborn)(?:_|$)",
    re.IGNORECASE,
)
"""Metaphors for machinery that a newcomer does not search for."""


def find_forbidden_names(tree: ast.AST) -> list[str]:
    """The forbidden names that a module gives to something; a test's own name is a sentence."""
    names = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
    return sorted(name for name in names if FORBIDDEN.search(name) and not name.startswith("test_"))


def test_names_are_plain_words() -> None:
    assert [path for path in PYTHON if FORBIDDEN.search(path.stem)] == []
    found = {
        relative_name(path): names
        for path in PYTHON
        if (names := find_forbidden_names(ast.parse(path.read_text())))
    }
    assert found == {}


@pytest.mark.parametrize(
    "code",
    ["book = 1", "class Desk: ...", "def hire(): ...", "self.my_crew = 1", "lambda office: 1"],
)
def test_every_place_of_a_forbidden_name_is_seen(code: str) -> None:
    assert find_forbidden_names(ast.parse(code))


def test_a_file_is_at_most_260_lines_long() -> None:
    lengths = {relative_name(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 260} == {}
