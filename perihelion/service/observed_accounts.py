"""What the adapters of a worker have seen, kept in the ledger for a website without adapters."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from perihelion.model.observations import Observation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.ledger.store import Ledger
    from perihelion.networks.base import Network

_PREFIX = "observed:"


def make_observation_reports(networks: Mapping[str, Network]) -> dict[str, str]:
    """The reports to keep with a heartbeat: one for each account about which anything is known.

    A network may have `observe`, which makes no request and returns an Observation: what its server
    has said last. To ask whether it has it as a protocol would take 50 µs for each account.
    """
    observers = {name: getattr(one, "observe", Observation) for name, one in networks.items()}
    seen = {name: observe() for name, observe in observers.items()}
    return {
        f"{_PREFIX}{name}": json.dumps(
            [
                one.remaining,
                one.seen_at and one.seen_at.isoformat(),
                one.token_expires_at and one.token_expires_at.isoformat(),
            ]
        )
        for name, one in seen.items()
        if one != Observation()
    }


def list_observations(ledger: Ledger) -> dict[str, Observation]:
    """What workers have kept last, by account."""
    found = {}
    for name, text in ledger.list_reports(_PREFIX).items():
        remaining, seen_at, expires_at = json.loads(text)
        seen, expires = (
            datetime.fromisoformat(one) if one else None for one in (seen_at, expires_at)
        )
        found[name.removeprefix(_PREFIX)] = Observation(remaining, seen, expires)
    return found
