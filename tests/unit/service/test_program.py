"""Messages name commands as the user called the program, wherever they were written."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from perihelion.ledger import failures
from perihelion.model.errors import LedgerUnavailable
from perihelion.service.cli import VERBS, run_command
from perihelion.service.console import print_json, print_line
from perihelion.service.program import Program, find_program

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(failures.__file__).resolve().parents[1]
WAYS = [
    ("/usr/bin/perihelion", "perihelion"),
    ("/x/perihelion/__main__.py", "python -m perihelion"),
    ("museum/bot.py", "python bot.py"),
]


def make_command(text: str, error: Exception | None = None) -> click.Command:
    @click.command
    def say() -> None:
        print_line(text)
        print_json({"reason": text})
        if error is not None:
            raise error

    return say


@pytest.mark.parametrize(("path", "called"), WAYS)
def test_what_a_verb_prints_and_its_error_name_the_program_as_it_was_called(
    path: str, called: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [path])
    error = LedgerUnavailable("it is missing: run `python bot.py migrate`")
    run_command(make_command("held; `python bot.py resolve a:b` settles it", error), [])
    said = capsys.readouterr()
    sentence = f"held; `{called} resolve a:b` settles it"
    assert said.out.splitlines() == [sentence, "{", f'  "reason": "{sentence}"', "}"]
    assert said.err == f"it is missing: run `{called} migrate`\n"


def test_outside_of_a_verb_it_is_that_of_a_clone() -> None:
    assert find_program() == Program()
    assert Program().name_commands("run `python bot.py once`") == "run `python bot.py once`"


def list_named_verbs() -> Iterator[str]:
    for file in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]:
        yield from re.findall(r"python bot\.py ([a-z]+)", file.read_text("utf-8"))


def test_every_command_that_a_message_names_is_a_verb() -> None:
    named = set(list_named_verbs())
    assert len(named) > 8
    assert named - set(VERBS) == set()
