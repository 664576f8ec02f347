"""What an account's network has said on the way, for those who watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """What remains of a network's rate limit, as it said at `seen_at`, and when the token expires.

    All instants are UTC; None is what the network has not said.
    """

    remaining: int | None = None
    seen_at: datetime | None = None
    token_expires_at: datetime | None = None
