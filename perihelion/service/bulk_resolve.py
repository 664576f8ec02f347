"""Settling many deliveries at once, after a person has seen which."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from perihelion.model.deliveries import DOUBTFUL_STATES, TRANSITIONS, State
from perihelion.model.errors import IllegalTransition, UsageError
from perihelion.service.console import format_minute, print_line, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery

BULK_STATES = ("held", "rejected", "missed", "skipped")
"""The states that a person may settle."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The deliveries in `state` that are to become `target`.

    An empty `account` means all accounts; `reason` is a part of their reason, in any case. Raises
    UsageError if nothing in `state` can become `target`.
    """

    state: State
    target: State
    account: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.target not in TRANSITIONS[self.state]:
            raise UsageError(f"what is {self.state} cannot become {self.target}")

    def matches(self, delivery: Delivery) -> bool:
        """Whether it is one of them."""
        return (
            delivery.state is self.state
            and self.account in {"", delivery.key.account}
            and self.reason.casefold() in delivery.reason.casefold()
        )


def list_selected(ledger: Ledger, selection: Selection) -> list[Delivery]:
    """The deliveries in the ledger that match, the latest due first."""
    return [one for one in ledger.list_deliveries([selection.state]) if selection.matches(one)]


def confirm_resolution(
    found: Sequence[Delivery], selection: Selection, *, dry_run: bool, yes: bool
) -> bool:
    """Show what would be settled; whether to go on, which a person is asked unless `yes`."""
    if not found:
        print_line("Nothing matches; `python bot.py status` shows what there is.")
        return True
    rows = [(format_minute(one.due_at), one.state, one.key, one.reason) for one in found]
    show_table(("due (UTC)", "state", "key", "why"), rows)
    count = "1 delivery" if len(found) == 1 else f"{len(found)} deliveries"
    if dry_run:
        print_line(f"{count} would become {selection.target}; nothing was changed.")
        return True
    if selection.target is State.WAITING and selection.state in DOUBTFUL_STATES:
        print_line("They may have been published: each that was will be posted twice.")
    try:
        agreed = yes or click.confirm(f"Make {count} {selection.target}?", err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        print_line("Nothing was changed; add --yes to settle them without being asked.", sys.stderr)
    return agreed


def resolve_deliveries(
    ledger: Ledger, found: Sequence[Delivery], selection: Selection, now: datetime
) -> list[tuple[Delivery, State, str]]:
    """Settle each by itself: what it was, its state now, and why that is not the target.

    Raises LedgerUnavailable; what was settled before stays so.
    """
    results = []
    for one in found:
        try:
            after = ledger.resolve_delivery(one.key, selection.target, now).state
            results.append((one, after, ""))
        except IllegalTransition as error:  # a worker or another person was faster
            results.append((one, ledger.get_delivery(one.key).state, str(error)))
    return results
