"""The meaning of a relay's refusal, by its first word (NIP-01)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    PublishError,
    RefusedForNow,
    Rejected,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSAL_ERRORS: dict[str, type[PublishError]] = {
    "invalid": Rejected,
    "blocked": RefusedForNow,
    "pow": RefusedForNow,
    "mute": RefusedForNow,
    "restricted": Credentials,
    "auth-required": Credentials,
    "rate-limited": NotSent,
    "error": OutcomeUnknown,
}
"""The meaning of NIP-01's prefixes of a refusal. `blocked` and `restricted` (NIP-42) are about the
key, `pow` and `mute` about every note alike. `error` is a fault of the relay, which may have kept
the event. Any other prefix may be temporary."""
_CLOCK_WORDS = re.compile(
    r"future|too (?:far|late|early|old|new)|created_?at|timestamp|current time|\bclock\b",
    re.IGNORECASE,
)
"""An `invalid` with one of these: a clock is wrong, and the same note will be accepted later."""


def classify_refusal(reason: str) -> type[PublishError]:
    """The error for a `reason` such as "invalid: created_at is too far off"."""
    prefix = reason.partition(":")[0].strip()
    if prefix == "invalid" and _CLOCK_WORDS.search(reason):
        return RefusedForNow
    return REFUSAL_ERRORS.get(prefix, NotSent)


def format_reason(parts: list[Any], redact: Callable[[str], str]) -> str:
    """A relay's reason on one line, without secrets, then cut to a sentence or two."""
    text = redact(" ".join(str(part) for part in parts))
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:300] or "it gives no reason"


def combine_errors(errors: list[PublishError]) -> type[PublishError]:
    """The error for the errors of several relays: the least certain one decides."""
    kinds = {type(error) for error in errors}
    certainty = (OutcomeUnknown, NotSent, RefusedForNow, Credentials, Rejected)
    return next(kind for kind in certainty if kind in kinds)
