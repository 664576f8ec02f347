"""The variables of a language are worked out once for contexts that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.compose.language_variables import LanguageVariables
from perihelion.compose.sandbox import make_environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "_more.j2").write_text("{{ count }}", "utf-8")
    return tmp_path / "_words.j2"


def test_contexts_that_differ_in_what_is_read_have_their_own(file: Path) -> None:
    file.write_text("{% set years = count ~ ' ' ~ unit %}", "utf-8")
    variables = LanguageVariables(make_environment(file.parent))
    first = variables.load({"count": 1, "unit": "years", "network": "x"})
    assert first == {"years": "1 years"}
    assert variables.load({"count": 2, "unit": "years", "network": "x"}) == {"years": "2 years"}
    assert variables.load({"count": 1, "unit": "years", "network": "threads"}) is first


def test_a_file_that_includes_others_is_read_for_each_context(file: Path) -> None:
    file.write_text("{% set years %}{% include '_more.j2' %}{% endset %}", "utf-8")
    variables = LanguageVariables(make_environment(file.parent))
    assert variables.load({"count": 1})["years"] == "1"
    assert variables.load({"count": 2})["years"] == "2"


def test_a_changed_file_is_read_again(file: Path) -> None:
    file.write_text("{% set years = count %}", "utf-8")
    variables = LanguageVariables(make_environment(file.parent))
    assert variables.load({"count": 1}) == {"years": 1}
    file.write_text("{% set years = count + 1000 %}", "utf-8")
    assert variables.load({"count": 1}) == {"years": 1001}
