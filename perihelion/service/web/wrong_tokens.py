"""A limit on guesses: who tries tokens must wait."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MAX_WRONG = 10
WINDOW = timedelta(minutes=1)


class WrongTokens:
    """The wrong tokens of the last minute, from whomever: a proxy may hide who asks."""

    def __init__(self) -> None:
        self._instants: deque[datetime] = deque(maxlen=MAX_WRONG)

    def add(self, now: datetime) -> None:
        """Note a wrong token."""
        self._instants.append(now)

    def are_too_many(self, now: datetime) -> bool:
        """Whether no token is looked at for now, not even the right one."""
        return len(self._instants) == MAX_WRONG and now - self._instants[0] < WINDOW
