"""Which posts get a card, a picture that is drawn for them, and what it looks like."""

from __future__ import annotations

from enum import StrEnum


class CardRule(StrEnum):
    """For which posts without a picture of their own an account has a card drawn."""

    ALL = "all"
    GREAT = "great"
    """Importance 3 and more, 25 years and their multiples, memorials and replays."""
    NONE = "none"


class CardChoice(StrEnum):
    """What an event says of its own card."""

    NONE = "none"
    NIGHT = "night"
    YEARS = "years"
    MEMORIAL = "memorial"
