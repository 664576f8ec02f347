"""What may happen to an account in a simulated day."""

from __future__ import annotations

from dataclasses import replace

from tests.sim.server import Weather
from tests.sim.simulated_day import Envelope

SLOW = Weather(
    slow=0.5, longest_request=90, show_after=20, cut=0.3, refused=0.1, limited=0.05, deaf=0.1
)
LATE = Weather(slow=0.1, longest_request=20, show_after=90, cut=0.3, refused=0.1, deaf=0.1)


VERY_LATE = replace(LATE, show_after=200)
"""Later than the first of two look-ups, and sooner than the second."""


def list_envelopes(kind: str) -> dict[str, Envelope]:
    """What may happen to an account on a network of this kind."""
    found = {
        "calm": Envelope(kind),
        "slow server, kills": Envelope(kind, SLOW, workers=2, kills=3),
        "late timeline, kills": Envelope(kind, VERY_LATE, workers=2, kills=3),
        "freezes": Envelope(kind, SLOW, workers=2, freezes=2, freeze_chance=0.2),
        "freezes, leases": Envelope(
            kind, SLOW, workers=2, freezes=2, freeze_chance=0.2, leases=True
        ),
        "two hosts, wrong clocks": Envelope(
            kind, VERY_LATE, workers=2, kills=3, leases=True, skew=300
        ),
        "lost answers of the ledger": Envelope(
            kind, workers=1, events=6, lost_commits=0.6, gives_back=True
        ),
        "lost commits": Envelope(kind, SLOW, workers=2, kills=2, lost_commits=0.2),
        "wrong clocks": Envelope(kind, SLOW, workers=2, kills=1, clock_jumps=4),
        "new ledger": Envelope(kind, SLOW, kills=2, new_ledger=True),
    }
    if kind != "none":  # nobody can tell what such a network has got since the backup
        found["restored ledger"] = Envelope(kind, LATE, kills=1, restores=1)
    return found
