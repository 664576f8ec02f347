"""What a run without servers and processes leaves out, and what ends a test that starts one."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.fakes.markers import QUICK, starts_process

ROOT = Path(__file__).resolve().parents[2]


def start_in_a_lambda() -> object:
    return [lambda: subprocess.run([], check=False)]


def start_through_a_helper() -> object:
    return start_in_a_lambda()


class Starter:
    def start(self) -> object:
        return start_through_a_helper()


@pytest.mark.parametrize("starter", [start_in_a_lambda, start_through_a_helper, Starter])
def test_a_process_is_found_through_helpers_and_classes(starter: object) -> None:
    assert starts_process(starter)


def test_what_starts_no_process_is_not_marked() -> None:
    assert not starts_process(test_make_quick_is_the_run_that_is_guarded)


def test_make_quick_is_the_run_that_is_guarded() -> None:
    assert f'-m "{QUICK}"' in (ROOT / "Makefile").read_text()


@pytest.mark.guarded
def test_a_process_that_nobody_foresaw_fails_the_test() -> None:
    with pytest.raises(pytest.fail.Exception, match="does not mark as `process`"):
        import_module("subprocess").run([sys.executable, "--version"], check=True)
