"""Whatever a person gets wrong, the first message is at its line and says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.networks.loader import BUILT_IN_NETWORKS
from perihelion.schedule.json_schema import build_json_schema
from tests.fakes.editor import find_editor_lines
from tests.fakes.human_mistake_cases import CASES
from tests.fakes.human_mistakes import GOOD, HumanMistake
from tests.fakes.mistakes_document import ROOT, find_first_message, render_document
from tests.fakes.schedule_texts import find_mistakes

if TYPE_CHECKING:
    from collections.abc import Iterator

ONLY_CHECK = {
    "a day that does not exist",
    "a kind that no template knows",
    "a network's old name",
    "a slip in a network",
    "a slip in a zone",
    "a time that clocks skipped",
    "a time without a zone",
    "a zone's abbreviation",
    "an account twice",
    "an id twice",
    "an included file that is not there",
    "an invisible character",
}
"""What is compared with other values, with files, with a calendar or with what is installed."""


def test_there_is_nothing_wrong_with_the_schedule_that_the_mistakes_are_made_in() -> None:
    assert find_mistakes(GOOD) == []
    assert find_editor_lines(GOOD.encode()) == set()
    assert len(CASES) >= 60


@pytest.mark.parametrize("mistake", CASES, ids=[mistake.name for mistake in CASES])
def test_the_first_message_is_at_the_right_line_and_says_what_to_do(mistake: HumanMistake) -> None:
    message = find_first_message(mistake)
    assert message.location.line == mistake.line, str(message)
    assert mistake.says in message.message


@pytest.mark.parametrize("mistake", CASES, ids=[mistake.name for mistake in CASES])
def test_an_editor_marks_the_line_that_check_names(mistake: HumanMistake) -> None:
    marked = find_editor_lines(mistake.data)
    if mistake.name in ONLY_CHECK:
        assert marked == set()
    else:
        assert marked & {0, mistake.line}


def test_editors_offer_the_kinds_and_networks_that_there_are() -> None:
    schema = build_json_schema()["properties"]
    network = schema["accounts"]["items"]["properties"]["network"]
    mission = schema["missions"]["items"]["properties"]
    event = mission["events"]["items"]["properties"]
    templates = {file.stem for file in Path(ROOT, "templates").glob("[!_]*.j2")}
    assert network["examples"] == list(BUILT_IN_NETWORKS)
    assert set(event["kind"]["examples"]) == templates - {"default", "replay"} | {"event"}
    assert mission["kind"]["examples"] == event["kind"]["examples"]


def test_editors_have_words_for_whatever_a_pattern_refuses() -> None:
    assert [
        rule for rule in iterate_patterns(build_json_schema()) if "errorMessage" not in rule
    ] == []


def iterate_patterns(part: object) -> Iterator[dict[str, Any]]:
    """Every schema in `part`, at any depth, that has a pattern."""
    if isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            yield part
        for child in part.values():
            yield from iterate_patterns(child)
    elif isinstance(part, list):
        for child in part:
            yield from iterate_patterns(child)


def test_the_page_of_mistakes_is_current() -> None:
    """Write it anew with: python -m tests.fakes.mistakes_document > docs/mistakes.md."""
    assert Path(ROOT, "docs", "mistakes.md").read_text(encoding="utf-8") == render_document()
