"""Times that were set, but do not go together with how long a request may take.

They are no mistakes: a rehearsal or a test may want them so. An operator is told what they cost.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from perihelion.networks.base import REQUEST_DEADLINE
from perihelion.service.settings import SETTINGS

if TYPE_CHECKING:
    from perihelion.service.settings import Settings

logger = logging.getLogger(__name__)

_CONSEQUENCES = {
    "PERIHELION_LEASE": (
        "another worker may take a delivery over while its request is under way, and must then "
        "look it up, or hold it for a person"
    ),
    "PERIHELION_PATIENCE": (
        "a post may be looked up before its cut-off request has arrived, and then be sent twice"
    ),
}


def find_short_times(settings: Settings) -> tuple[str, ...]:
    """What is shorter than one request may take: what may come of it, and what to write."""
    spans = {"PERIHELION_LEASE": settings.lease, "PERIHELION_PATIENCE": settings.patience}
    return tuple(
        f"{name}={span.total_seconds():g} is less than the {REQUEST_DEADLINE:g} seconds that a "
        f"request may take: {_CONSEQUENCES[name]}; write {name}={_DEFAULTS[name]}, or leave it out"
        for name, span in spans.items()
        if span.total_seconds() < REQUEST_DEADLINE
    )


def log_short_times(settings: Settings) -> None:
    """Say so in the log, before anything is posted."""
    for warning in find_short_times(settings):
        logger.warning("%s", warning)


_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
