"""What a failure means: exactly one of Rejected, Credentials, NotSent and OutcomeUnknown.

The question is always the same: can the post exist? Only evidence that it cannot gives anything
but OutcomeUnknown.
"""

from __future__ import annotations

import math
import re
import traceback
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    PublishError,
    Rejected,
)
from perihelion.networks.shared.clocks import skew

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ABOUT_THE_POST = frozenset({400, 403, 413, 414, 415, 422, 451})
"""4xx with which a server refuses this very request: it will refuse it again."""
UNCLEAR = frozenset({408, 409, 499})
"""4xx that a proxy may answer while the server behind it goes on and makes the post."""
ELSEWHERE = frozenset({301, 307, 308})
"""Redirects that promise that nothing was done here (RFC 9110, 15.4). A 302 or 303 does not."""
RESETS = (
    "x-ratelimit-reset-after",
    "x-ratelimit-reset",
    "x-rate-limit-reset",
    "ratelimit-reset",
)
FIRST_EPOCH = 1e9
"""A number from here on (it means 2001) is an instant in epoch seconds, else seconds from now."""
LONGEST_WAIT = timedelta(days=2)
"""A wait above this is a server's mistake, and would silence an account for good."""


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret, as it is, quoted for a URL or as Python quotes, replaced by ***."""
    guises = ((s, quote(s, safe=""), quote(s), repr(s)[1:-1]) for s in secrets if s)
    shapes = {guise for each in guises for guise in each}
    for secret in sorted(shapes, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def sort_status(status: int) -> type[PublishError] | None:
    """What an HTTP status says about a create request; None for 2xx, which needs its body."""
    if 200 <= status < 300:  # noqa: PLR2004 - the 2xx class of RFC 9110
        return None
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return Credentials
    if status in ABOUT_THE_POST:
        return Rejected
    if status in ELSEWHERE or (400 <= status < 500 and status not in UNCLEAR):  # noqa: PLR2004 - 4xx
        return NotSent
    return OutcomeUnknown


def make_error(
    kind: type[PublishError],
    message: str,
    secrets: Iterable[str] = (),
    retry_after: timedelta | None = None,
) -> PublishError:
    """An error of `kind` whose message shows no secret; `retry_after` is NotSent's alone."""
    text = redact(message, secrets)
    return NotSent(text, retry_after) if kind is NotSent else kind(text)


def safe_cause(error: BaseException, secrets: Iterable[str]) -> BaseException | None:
    """`error`, to stand behind `raise ... from`; None where its traceback would show a secret."""
    text = "".join(traceback.format_exception(error))
    return error if redact(text, secrets) == text else None


@contextmanager
def nothing_posted() -> Iterator[None]:
    """For requests that make no post (a look-up, an upload): an unknown outcome is NotSent."""
    try:
        yield
    except OutcomeUnknown as error:
        raise NotSent(str(error)) from error


@contextmanager
def reading() -> Iterator[None]:
    """For look-ups: whatever keeps the answer from us is NotSent, but for dead credentials."""
    try:
        yield
    except (OutcomeUnknown, Rejected) as error:
        raise NotSent(str(error)) from error


def not_before(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when (UTC) the network's rate limit asks to wait, or None.

    `Retry-After` (seconds, also with a fraction, or an HTTP date) counts whenever it is sent;
    `[X-]RateLimit-Reset` (epoch seconds, ISO 8601, or seconds from now) only once nothing
    remains or the status is 429; before it X-RateLimit-Reset-After, which needs no equal clocks.
    An instant is the server's, which the Date of its answer translates into ours.
    """
    found = {name.lower(): value.strip() for name, value in headers.items()}
    ahead = skew({"Date": found.get("date", "")}, now)
    wait = _instant(found.get("retry-after", ""), now, ahead)
    if wait is None and (status == 429 or _remaining(found) == 0):  # noqa: PLR2004 - too many
        wait = _instant(_first(found, *RESETS), now, ahead)
    if wait is None or wait <= now:
        return None
    return min(wait, now + LONGEST_WAIT)


def after(seconds: object, now: datetime) -> datetime | None:
    """The instant that a JSON number of seconds from `now` means; None for anything else."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        return None
    return now + timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))


def _first(found: Mapping[str, str], *names: str) -> str:
    return next((found[name] for name in names if found.get(name)), "")


def _remaining(found: Mapping[str, str]) -> float | None:
    text = _first(found, "x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
    return _number(text)


def _number(text: str) -> float | None:
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{0,15})?", text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _instant(text: str, now: datetime, ahead: timedelta) -> datetime | None:
    """A wait in any of its forms as a UTC instant by our clock, `ahead` of the server's."""
    number = _number(text)
    if number is not None and number < FIRST_EPOCH:
        return now + timedelta(seconds=number)
    try:
        moment = _moment(text) if number is None else datetime.fromtimestamp(number, UTC)
        return moment and moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) + ahead
    except (OverflowError, ValueError, OSError):
        return now + LONGEST_WAIT


def _moment(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, TypeError, OverflowError, IndexError):
            return read(text)
    return None
