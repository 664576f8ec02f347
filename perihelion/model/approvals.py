"""Sign-off: which posts a person approves first, and which words were approved."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.source_location import SourceLocation

AWAITS_APPROVAL = "awaits approval"
"""How the reason of a delivery begins that is held until a person approves its words."""

NOT_APPROVED = "was not approved at its time"
"""How the reason of a delivery begins that was left out for want of an approval."""

FINGERPRINT_LENGTH = 12
"""How many hexadecimal digits of an event's words the schedule repeats."""


class Requirement(StrEnum):
    """What an account's posts need before they are published."""

    NOTHING = "nothing"
    APPROVAL = "approval"
    """That a person approves their words."""


class Review(StrEnum):
    """Whether an event's posts need an approval, whatever the account says."""

    NEEDED = "needed"


class UnapprovedRule(StrEnum):
    """What becomes of a post that nobody has approved at its time."""

    HOLD = "hold"
    SKIP = "skip"


class Verdict(StrEnum):
    """What a person said of a post's words."""

    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    """The approval before it no longer counts."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """One verdict about a delivery: who said it at `at` (UTC), of the words with this hash."""

    key: str
    at: datetime
    verdict: Verdict
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class FileApproval:
    """An approval that stands in the schedule: by whom, and the fingerprint of the words."""

    by: str
    words: str
    location: SourceLocation | None = field(default=None, compare=False)
