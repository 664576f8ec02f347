"""The static table of verbs is true."""

from __future__ import annotations

from importlib import import_module

import pytest

from perihelion.service.verbs import VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_says_of_itself_what_the_static_table_says(verb: str) -> None:
    command = import_module(f"perihelion.service.commands.{verb}").command
    assert command.name == verb
    assert command.get_short_help_str(limit=200).removesuffix(".") == VERBS[verb]
