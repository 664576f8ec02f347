"""docs/how-it-works.md tells of exactly the transitions that the code allows."""

from __future__ import annotations

import re
from pathlib import Path

from perihelion.model.deliveries import INITIAL_STATES, TRANSITIONS, State

DOC = Path(__file__).parents[3] / "docs" / "how-it-works.md"
WORD = re.compile(r"`([a-z]+)`")


def documented_transitions() -> set[tuple[str, str]]:
    table = DOC.read_text(encoding="utf-8").split("### Transitions")[1].split("###")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")][2:]
    return {
        (before, after)
        for row in rows
        for before in WORD.findall(row[0]) or ["new"]
        for after in WORD.findall(row[1])
    }


def test_the_table_of_transitions_is_the_codes_own() -> None:
    code = {(before.value, after.value) for before in State for after in TRANSITIONS[before]}
    code |= {("new", state.value) for state in INITIAL_STATES}
    assert documented_transitions() == code


def test_every_state_has_its_meaning() -> None:
    states = DOC.read_text(encoding="utf-8").split("### States")[1].split("###")[0]
    assert {word for line in states.splitlines() for word in WORD.findall(line[:14])} == set(State)
