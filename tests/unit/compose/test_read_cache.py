"""What templates make of a context is kept for contexts in which they read the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from perihelion.compose.read_cache import ReadCache
from perihelion.compose.sandbox import make_environment
from perihelion.compose.templates import Templates

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_words.j2").write_text("{% set years = count ~ ' years' %}", "utf-8")
    (tmp_path / "_post.j2").write_text("{{ title }}, {{ years }} ago", "utf-8")
    (tmp_path / "default.j2").write_text("{% include '_post.j2' %}", "utf-8")
    return tmp_path


def test_a_value_is_kept_for_what_the_files_and_their_includes_read(folder: Path) -> None:
    cache = ReadCache[list[str]](make_environment(folder), "_words.j2", "default.j2")
    first = cache.get({"title": "A", "count": 1, "account": "one"}, list)
    assert cache.get({"title": "A", "count": 1, "account": "two"}, list) is first
    assert cache.get({"title": "B", "count": 1, "account": "one"}, list) is not first
    assert cache.get({"title": "A", "count": 2, "account": "one"}, list) is not first


def test_nothing_is_kept_where_a_template_chooses_what_it_includes(folder: Path) -> None:
    (folder / "default.j2").write_text("{% include title %}", "utf-8")
    cache = ReadCache[list[str]](make_environment(folder), "default.j2")
    assert cache.get({"title": "A"}, list) is not cache.get({"title": "A"}, list)


@pytest.mark.parametrize("changed", ["_words.j2", "_post.j2", "default.j2"])
def test_a_post_is_worded_anew_when_any_of_its_files_has_changed(
    folder: Path, changed: str
) -> None:
    templates, context = Templates(folder), {"title": "A", "count": 1}
    assert list(templates.render_wordings("launch", "en", context)) == ["A, 1 years ago"]
    source = (folder / changed).read_text("utf-8")
    (folder / changed).write_text(f"{{% set title = 'Z' %}}{source}" * 2, "utf-8")
    os.utime(folder / changed, (1, 1))  # a clock may be too coarse to tell the two apart
    again = list(templates.render_wordings("launch", "en", context))
    assert again != ["A, 1 years ago"]


def test_wordings_that_were_not_asked_for_before_follow_those_that_were(folder: Path) -> None:
    (folder / "default.j2").write_text("{{ title }} 1\n---\n{{ title }} 2\n", "utf-8")
    templates, context = Templates(folder), {"title": "A", "count": 1}
    assert next(templates.render_wordings("launch", "en", context)).strip() == "A 1"
    for _again in range(2):
        said = templates.render_wordings("launch", "en", context)
        assert [one.strip() for one in said] == ["A 1", "A 2"]
