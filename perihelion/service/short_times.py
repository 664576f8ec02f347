"""Warnings about a lease or a patience that is shorter than a request may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.base import REQUEST_DEADLINE
from perihelion.service.setting_names import SETTINGS

if TYPE_CHECKING:
    from perihelion.service.settings import Settings

_CONSEQUENCES = {
    "PERIHELION_LEASE": (
        "another worker may take over a delivery while its request is under way, and must then "
        "look it up, or hold it for you"
    ),
    "PERIHELION_PATIENCE": (
        "a post may be looked up before its interrupted request has arrived, and be sent twice"
    ),
}


def find_short_times(settings: Settings) -> tuple[str, ...]:
    """Warnings about times shorter than a request may take, each with its consequence.

    They are not mistakes: a rehearsal or a test may want them so.
    """
    spans = {"PERIHELION_LEASE": settings.lease, "PERIHELION_PATIENCE": settings.patience}
    defaults = {setting.name: setting.default for setting in SETTINGS}
    return tuple(
        f"{name}={span.total_seconds():g} is less than the {REQUEST_DEADLINE:g} seconds that a "
        f"request may take: {_CONSEQUENCES[name]}; set {name}={defaults[name]}, or unset it"
        for name, span in spans.items()
        if span.total_seconds() < REQUEST_DEADLINE
    )
