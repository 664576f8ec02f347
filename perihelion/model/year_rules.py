"""Which numbers of years count: every one, the round ones, or those of a list."""

from __future__ import annotations

from dataclasses import dataclass

ROUND_STEP = 5


@dataclass(frozen=True, slots=True)
class YearsRule:
    """A choice among the numbers of years; by default all of them.

    `listed` holds the chosen ones (None: no list). `only_round` keeps the first and each fifth.
    """

    listed: tuple[int, ...] | None = None
    only_round: bool = False

    def includes(self, count: int) -> bool:
        """Whether `count` years are among the chosen ones."""
        if self.listed is not None:
            return count in self.listed
        return not self.only_round or count == 1 or count % ROUND_STEP == 0


EVERY_YEAR = YearsRule()
ROUND_YEARS = YearsRule(only_round=True)
NO_YEARS = YearsRule(listed=())
