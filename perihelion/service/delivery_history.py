"""All that happened to one delivery: its steps, its approvals, and the steps of its corrections."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import HistoryStep
    from perihelion.model.deliveries import DeliveryKey

_SHOWN_DIGITS = 12
"""Of a hash of words."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened at `at` (UTC) to what `key` names, and who did it.

    `after` is a state, or a verdict about its words.
    """

    key: str
    at: datetime
    worker: str
    before: str | None
    after: str
    reason: str

    @property
    def why(self) -> str:
        """The reason; for a correction, which one it is as well."""
        number = self.key.partition("#")[2]
        return f"correction {number}: {self.reason}" if number else self.reason


def list_delivery_history(ledger: Ledger, key: DeliveryKey) -> list[HistoryEntry]:
    """Everything about a delivery, oldest first; a correction has a key of its own."""
    found = [_make_entry(step) for step in ledger.list_history(key)]
    for correction in ledger.list_corrections(key):
        found += [_make_entry(step) for step in ledger.list_correction_history(correction)]
    for said in ledger.list_sign_offs([key]):
        words = f"the words {said.words[:_SHOWN_DIGITS]}"
        found.append(HistoryEntry(str(key), said.at, said.by, None, said.verdict, words))
    return sorted(found, key=attrgetter("at"))


def _make_entry(step: HistoryStep) -> HistoryEntry:
    return HistoryEntry(step.key, step.at, step.worker, step.before, step.after, step.reason)
