"""The options `budget` and `over_budget`: what an account's posts may cost in a month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from perihelion.networks.shared.account_settings import option_error

if TYPE_CHECKING:
    from perihelion.model.accounts import Account

_AMOUNT = re.compile(r"\d{1,6}(\.\d{1,3})?")


class OverBudget(StrEnum):
    """What happens to a post that the month's budget does not cover."""

    DROP_LINKS = "drop-links"
    """It is posted without its links if that is cheap enough; otherwise it waits."""
    WAIT = "wait"
    """It is not posted this month."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `amount` USD in a calendar month (UTC)."""

    amount: Decimal
    over: OverBudget = OverBudget.WAIT


def read_budget(account: Account) -> Budget | None:
    """The budget in an account's options `budget` and `over_budget`; None if it has none.

    Raises ConfigurationError for an invalid amount, and for a rule without an amount.
    """
    text, rule = account.get_option("budget"), account.get_option("over_budget")
    if not text and not rule:
        return None
    if not text:
        problem = "option 'over_budget' needs the option 'budget' too, such as \"5.00\""
        raise option_error(account, "over_budget", problem)
    problem = ""
    if not _AMOUNT.fullmatch(text) or not Decimal(text):
        problem = f"option 'budget' cannot be {text!r}; write USD per month, such as \"5.00\""
    elif rule and rule not in set(OverBudget):
        problem = f"option 'over_budget' cannot be {rule!r}; it is {' or '.join(OverBudget)}"
    if problem:
        raise option_error(account, "budget", problem)
    return Budget(Decimal(text), OverBudget(rule or OverBudget.WAIT))
