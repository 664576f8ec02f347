"""docs/how-it-works.md names, for each of the ten rules of the promise, tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.docs.test_traps_are_tested import list_test_names

DOC = Path(__file__).resolve().parents[3] / "docs" / "how-it-works.md"
RULES = 10


def list_rules() -> dict[int, list[str]]:
    table = DOC.read_text(encoding="utf-8").split("### The ten rules and their tests")[1]
    rows = [line.split("|") for line in table.split("###")[0].splitlines() if line.startswith("|")]
    return {int(row[1]): re.findall(r"`(test_\w+)`", row[4]) for row in rows[2:]}


def test_every_rule_of_the_promise_names_tests_that_exist() -> None:
    rules, there = list_rules(), list_test_names()
    assert list(rules) == list(range(1, RULES + 1))
    assert all(rules.values())
    assert [name for names in rules.values() for name in names if name not in there] == []
