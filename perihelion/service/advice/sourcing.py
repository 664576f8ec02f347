"""Advice about the sources of events. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.advice_codes import AdviceCode
from perihelion.model.sources import Supports
from perihelion.service.advice.finding import advise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.missions import Event
    from perihelion.service.advice.finding import Advice


def find_sourcing_advice(event: Event) -> Iterator[Advice]:
    """Events that no reader can look up, and references that are not in their form."""
    for source in event.sources:
        reference = source.reference
        if reference and not source.page:
            message = f"`{source.title}` names {reference.name}; write `{reference.example}`"
            yield advise(event, AdviceCode.SOURCE, message)
    if not any(source.page for source in event.sources):
        message = (
            "none of its sources has an https page; add one of an agency, museum, journal or "
            "encyclopedia, or a standard reference of docs/sources.md"
        )
        yield advise(event, AdviceCode.SOURCE, message)
    elif all(source.supports is Supports.CLAIM for source in event.sources):
        yield advise(event, AdviceCode.SOURCE, "none of its sources supports its date; add one")
