"""What adapters are built from, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from perihelion.model.accounts import Account
from perihelion.networks.base import Context, Secret
from perihelion.service.adapter_memory import DictMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOW = datetime(2027, 2, 28, 15, 0, tzinfo=UTC)


def make_context(  # noqa: PLR0913 - a builder: each test names only what it is about
    network: str,
    values: Mapping[str, str],
    *,
    options: tuple[tuple[str, str], ...] = (),
    now: Callable[[], datetime] = lambda: NOW,
    state_folder: str = "state",
    patience: float = 10,
) -> Context:
    """For the account `network` of that network; `patience` (seconds) sets every timeout."""
    return Context(
        account=Account(network, network, options=options),
        values={name: Secret(value) for name, value in values.items()},
        memory=DictMemory(),
        now=now,
        state_folder=state_folder,
        timeout=(patience, patience),
        deadline=patience * 1.5,
    )
