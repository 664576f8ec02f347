"""The command line: what it loads, what it says, and the status it ends with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from perihelion import __version__
from perihelion.__main__ import start
from perihelion.model.errors import ConfigurationError, LedgerUnavailable, UsageError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.loader import BUILT_IN_NETWORKS
from perihelion.service import cli
from perihelion.service.cli import VERBS, find_module
from perihelion.service.program import identify_program

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[3]
HEAVY = {
    "tweepy",
    "mastodon",
    "sqlalchemy",
    "apscheduler",
    "PIL",
    "requests",
    "jinja2",
    "yaml",
    "alembic",
    "structlog",
}


def run_bot(
    *arguments: str,
    interpreter: tuple[str, ...] = (),
    environ: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *interpreter, "bot.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("bot.py", "bot.py"),
        ("/opt/bot/.venv/bin/perihelion", "perihelion"),
        ("/opt/bot/perihelion/__main__.py", "python -m perihelion"),
        ("tests/fakes/bot_process.py", "bot.py"),
    ],
)
def test_the_usage_line_names_the_program_as_it_was_called(path: str, name: str) -> None:
    assert identify_program(path).name == name


def test_the_installed_command_and_the_module_have_the_same_command_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    command = EntryPoint("perihelion", project["scripts"]["perihelion"], "console_scripts")
    assert command.load() is start
    called = subprocess.run(
        [sys.executable, "-m", "perihelion", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert called.stdout.startswith("Usage: python -m perihelion ")
    assert [verb for verb in VERBS if f"\n  {verb} " not in called.stdout] == []


def make_raising_command(error: BaseException) -> click.Command:
    @click.command
    def raise_error() -> None:
        raise error

    return raise_error


def make_returning_command(value: object) -> click.Command:
    return click.Command("returning", callback=lambda: value)


def test_help_imports_no_library_that_a_verb_needs() -> None:
    done = run_bot("--help", interpreter=("-X", "importtime"))
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "click" in imported
    assert imported & HEAVY == set()
    assert "perihelion.service.commands" not in done.stderr


CLIENTS = {"requests", "websockets", "mastodon", "tweepy"}
WORDING = {"jinja2", "babel", "PIL", "perihelion.compose.composer"}
READING = {"yaml", "perihelion.schedule.load"}
LEDGER = {"sqlalchemy", "alembic", "filelock"}
NEEDLESS_IMPORTS = {
    ("upcoming",): CLIENTS | WORDING | READING | LEDGER | {"regex", "importlib.metadata"},
    ("search", "moon"): CLIENTS | WORDING | READING | LEDGER | {"regex", "dateutil"},
    ("calendar", "2027"): CLIENTS | WORDING | READING | LEDGER | {"regex"},
    ("status",): CLIENTS | WORDING | READING | {"alembic", "regex", "structlog"},
    ("once",): CLIENTS | WORDING | READING | {"alembic", "structlog", "apscheduler"},
    ("show", "m/a"): CLIENTS | READING | {"alembic", "PIL", "structlog", "apscheduler"},
    ("doctor",): {"perihelion.schedule.load", "alembic", "PIL", "structlog", "apscheduler"},
}
"""What a verb must not import that runs again, with nothing due and nothing changed."""


@pytest.fixture(scope="module")
def used_bot(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a bot that has run before, with an account on each network, all off."""
    folder = tmp_path_factory.mktemp("used")
    accounts = "".join(f"  - {{network: {name}}}\n" for name in BUILT_IN_NETWORKS[1:])
    event = "{id: a, at: 1969-07-20, title: A lands on the Moon, sources: GCAT 1969-059}"
    missions = f"missions:\n  - {{id: m, name: M, events: [{event}]}}\n"
    (folder / "schedule.yaml").write_text(f"accounts:\n{accounts}{missions}", "utf-8")
    environ = {
        "PERIHELION_SCHEDULE": str(folder / "schedule.yaml"),
        "PERIHELION_TEMPLATES": str(ROOT / "templates"),
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_LOG": "console",
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    assert run_bot("once", environ=environ).returncode == 0
    return environ


@pytest.mark.parametrize("arguments", NEEDLESS_IMPORTS)
def test_a_verb_imports_nothing_that_it_does_not_need(
    arguments: tuple[str, ...], used_bot: dict[str, str]
) -> None:
    done = run_bot(*arguments, interpreter=("-X", "importtime"), environ=used_bot)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "perihelion.networks.loader" in imported
    assert NEEDLESS_IMPORTS[arguments] & imported == set()


def test_help_lists_every_verb_with_what_it_is_good_for() -> None:
    lines = run_bot("--help").stdout.splitlines()
    for verb, short in VERBS.items():
        assert any(re.fullmatch(rf"  {verb} +{re.escape(short)}", line) for line in lines), verb


def test_the_version_is_the_package_s_own() -> None:
    done = run_bot("--version")
    assert (done.returncode, done.stdout) == (0, f"perihelion, version {__version__}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_s_short_help_is_that_of_its_own_docstring(verb: str) -> None:
    command = import_module(find_module(verb)).command
    assert command.name == verb
    assert command.get_short_help_str(limit=200).removesuffix(".") == VERBS[verb]


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["chekc"], "No such command 'chekc'. Did you mean 'check'?"),
        (["xyzzy"], "No such command 'xyzzy'."),
        (["--versoin"], "Did you mean '--version'?"),
    ],
)
def test_wrong_usage_ends_with_2_and_names_the_nearest(
    arguments: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run_command(cli.group, arguments) == 2
    assert answer in capsys.readouterr().err


@pytest.mark.parametrize(("value", "code"), [(None, 0), (0, 0), (1, 1), ("text", 0)])
def test_a_command_may_return_its_status(value: object, code: int) -> None:
    assert cli.run_command(make_returning_command(value), []) == code


def test_a_command_may_exit_with_its_status() -> None:
    assert cli.run_command(make_raising_command(click.exceptions.Exit(1)), []) == 1


def test_an_error_for_people_is_one_line_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        cli.run_command(make_raising_command(LedgerUnavailable("the disk is full; make room")), [])
        == 1
    )
    assert capsys.readouterr().err == "the disk is full; make room\n"


def test_every_mistake_stands_on_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    mistakes = [Mistake(SourceLocation("schedule.yaml", n, 3), "x", f"wrong {n}") for n in (4, 7)]
    assert cli.run_command(make_raising_command(ConfigurationError(mistakes)), []) == 1
    assert capsys.readouterr().err == "schedule.yaml:4:3: wrong 4\nschedule.yaml:7:3: wrong 7\n"


def test_our_own_usage_errors_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run_command(make_raising_command(UsageError("--at needs --yes here")), []) == 2
    assert capsys.readouterr().err == "--at needs --yes here\n"


def test_an_interrupt_ends_with_130_and_an_abort_with_1() -> None:
    assert cli.run_command(make_raising_command(KeyboardInterrupt()), []) == 130
    assert cli.run_command(make_raising_command(click.Abort()), []) == 1


def test_a_crash_keeps_its_traceback_and_loses_its_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTODON_TOKEN", "hunter22")
    assert (
        cli.run_command(make_raising_command(RuntimeError("no answer to Bearer hunter22")), []) == 1
    )
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    assert "RuntimeError: no answer to Bearer ***\n" in said
    assert "hunter22" not in said
    assert "Please report it" in said


def test_without_its_packages_the_program_says_how_to_install_them() -> None:
    done = run_bot("status", interpreter=("-S",))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(
        "The Python package click is missing. In a clone, run `make today`"
    )
    assert "Traceback" not in done.stderr


def test_a_package_that_only_one_verb_misses_is_named_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    missing = ModuleNotFoundError("No module named 'yaml'", name="yaml")
    assert cli.run_command(make_raising_command(missing), []) == 1
    said = capsys.readouterr().err
    assert said.startswith("The Python package yaml is missing. In a clone, run `make today`")
    assert "bug" not in said


def test_a_module_of_our_own_that_is_missing_is_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    missing = ModuleNotFoundError("No module named 'perihelion.x'", name="perihelion.x")
    assert cli.run_command(make_raising_command(missing), []) == 1
    assert "This is a bug in Perihelion" in capsys.readouterr().err


def test_an_error_for_people_loses_its_secrets_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://bot:hunter22@db/x")
    assert (
        cli.run_command(make_raising_command(LedgerUnavailable("no password hunter22 at db")), [])
        == 1
    )
    assert capsys.readouterr().err == "no password *** at db\n"


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_reader_who_leaves_ends_the_program_without_a_word(closed: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    arguments = ["--help"] if closed == "stdout" else ["--no-such-option"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, closed: writing}
    try:
        done = subprocess.run(
            [sys.executable, "bot.py", *arguments],
            cwd=ROOT,
            **pipes,  # type: ignore[call-overload]  # mypy cannot see which stream each name is
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode == 1
    assert not done.stdout
    assert not done.stderr


def test_main_ends_the_process_with_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "group", make_returning_command(1))
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 1


def test_the_short_option_asks_for_help_too() -> None:
    assert CliRunner().invoke(cli.group, ["-h"]).output.startswith("Usage: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_full_disk_behind_the_output_is_no_bug() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "bot.py", "export", "schema"],
            cwd=Path(__file__).parents[3],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("The output cannot be written")
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1
