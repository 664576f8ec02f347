"""`show` tells all there is to know of one event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.networks import loader
from perihelion.service.commands.show import command
from tests.fakes.bot_process import ROOT
from tests.fakes.published_post import RIGHT, PublishedPost

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def show(post: PublishedPost, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, env=dict(post.environ))


@pytest.fixture
def post(tmp_path: Path) -> PublishedPost:
    return PublishedPost(tmp_path, "local", {})


def test_an_event_has_its_facts_its_posts_and_its_deliveries(post: PublishedPost) -> None:
    found = json.loads(show(post, "probe/launch", "--json").stdout)
    assert (found["title"], found["day"]) == (RIGHT, "1991-03-02")
    assert found["sources"] == [{"title": "a test", "page": None}]
    assert found["next"]["day"][4:] == "-03-02"
    assert {one["network"] for one in found["posts"]} == set(loader.usable_networks())
    assert all(one["text"] for one in found["posts"])
    assert [(one["key"], one["state"]) for one in found["deliveries"]] == [(str(post.key), "sent")]
    said = show(post, "probe/launch").stdout
    assert f"probe/launch  {RIGHT}" in said
    assert str(post.key) in said


def test_without_a_ledger_none_is_made(tmp_path: Path) -> None:
    file = tmp_path / "schedule.yaml"
    event = "{id: e, at: 1991-03-02, title: T, sources: a test}"
    file.write_text(f"missions: [{{id: m, name: M, events: [{event}]}}]\n", encoding="utf-8")
    environ = {
        "PERIHELION_SCHEDULE": str(file),
        "PERIHELION_STATE": str(tmp_path / "state"),
        "PERIHELION_TEMPLATES": str(ROOT / "templates"),
    }
    said = CliRunner().invoke(command, ["m/e", "--json"], env=environ)
    assert json.loads(said.stdout)["deliveries"] == []
    assert [path.name for path in tmp_path.iterdir()] == ["schedule.yaml"]


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [("probe/lunch", "did you mean probe/launch?"), ("zzz", "`search WORDS` finds the ids")],
)
def test_a_wrong_id_is_met_with_advice(wrong: str, advice: str, post: PublishedPost) -> None:
    assert advice in str(show(post, wrong).exception)
