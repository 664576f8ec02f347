"""How a worker behaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker behaves."""

    max_in_flight: int = 16
    """How many requests may be under way at once, each on an account of its own."""
    max_claimed_ahead: int = 16
    """How many more deliveries may be claimed while results come in, so that the next requests do
    not wait for the ledger. None if one of the networks cannot tell what it has received: there,
    what a killed worker had claimed is held."""
    patience: timedelta = timedelta(seconds=120)
    """How long a request that was cut off may still arrive, before a look-up counts."""
    rehearsal: bool = False
    """Whether the clock is not the real one: other accounts' deliveries are then left alone."""
    spacing: timedelta = timedelta(0)
    """An account's pause after a post that went out late, so that a catch-up never bursts."""
    late_after: timedelta = timedelta(hours=1)
    """From when on a post counts as a catch-up."""
