"""How many of the events an account can tell in its own language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.compose.phrases import name_language
from perihelion.model.accounts import UntranslatedRule
from perihelion.service.console import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Schedule


def describe_coverage(schedule: Schedule, accounts: Iterable[Account]) -> Iterator[str]:
    """A line for each account of another language than the schedule's."""
    total = format_count(len(schedule.events), "events")
    for account in accounts:
        if account.language == schedule.language:
            continue
        told = sum(one.find_translation(account.language) is not None for one in schedule.events)
        rest = (
            "the others are left out"
            if account.untranslated is UntranslatedRule.SKIP
            else f"the others in {name_language(schedule.language)}"
        )
        line = f"{account.name}: {told} of {total} in {name_language(account.language)}"
        yield line if told == len(schedule.events) else f"{line}, {rest}"
