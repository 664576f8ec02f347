"""Advice about approvals that stand in the schedule and no longer count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.advice_codes import AdviceCode
from perihelion.model.approval_rules import fingerprint_words
from perihelion.model.source_location import Mistake
from perihelion.service.advice.finding import Advice
from perihelion.service.local_faults import locate_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.missions import Event


def find_outdated_approval(event: Event) -> Iterator[Advice]:
    """An approval of other words than the event has now, where its fingerprint stands."""
    approved = event.approved
    words = fingerprint_words(event) if approved else ""
    if approved is not None and approved.words != words:
        message = (
            f"{event.full_id}: its words or its date have changed since {approved.by} approved "
            f'them, so that this does not count; read it again, and write `words: "{words}"`'
        )
        place = approved.location or locate_event(event)
        yield Advice(event, Mistake(place, AdviceCode.APPROVAL, message))
