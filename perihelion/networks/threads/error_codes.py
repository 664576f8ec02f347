"""The meaning of Threads' answers.

Facts from Meta's documents (developers.facebook.com: Graph API "Handling Errors") as other sites
keep them, and from what users of the API report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    ParentGone,
    RefusedForNow,
    Rejected,
)
from perihelion.networks.shared.error_classification import classify_status
from perihelion.networks.shared.json_values import get_int, get_value

if TYPE_CHECKING:
    from perihelion.model.errors import PublishError

ERRORS_BY_CODE: dict[int, type[PublishError]] = {
    -2: RefusedForNow,
    -1: RefusedForNow,
    1: OutcomeUnknown,
    2: OutcomeUnknown,
    4: NotSent,
    9: NotSent,
    10: Credentials,
    17: NotSent,
    24: NotSent,
    32: NotSent,
    100: Rejected,
    102: Credentials,
    190: Credentials,
    341: NotSent,
    368: Credentials,
    506: Rejected,
    613: NotSent,
    9004: RefusedForNow,
    9007: RefusedForNow,
}
"""-2, -1: a container took too long, or failed for no stated reason. 1, 2: a fault at Meta. 4, 9,
17, 32, 341, 613: too many calls or posts. 10 and 200 to 299: a permission. 24: the container does
not exist (yet, or any more). 102, 190: the token. 368: the account is blocked for a while. 506: the
same text was posted recently. 9004: the picture could not be fetched. 9007: the container is not
ready."""
INVALID_PARAMETER = 100
UNKNOWN_OBJECT = 33
"""The subcode of a parameter that names what does not exist: of a post, what it answers."""
PERMISSION_CODES = range(200, 300)
NO_SUCH_OBJECT = frozenset({24, 100})
"""The codes for a container that is gone."""
LOST_CONTAINER = 4279009
"""The subcode for a container that cannot be published although it is FINISHED."""


def error_code(data: object) -> int:
    """The `code` of a Graph API error, or 0."""
    return get_int(data, "error", "code")


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """What an answer means for a post: for a 5xx always unknown, for a 4xx by its code."""
    plain = classify_status(status, from_api=False)
    if plain in {None, OutcomeUnknown, Credentials} or status == 429:  # noqa: PLR2004 - too many
        return plain
    code = error_code(data)
    if code in PERMISSION_CODES:
        return Credentials
    if code == INVALID_PARAMETER and get_int(data, "error", "error_subcode") == UNKNOWN_OBJECT:
        return ParentGone
    if code in ERRORS_BY_CODE:
        return ERRORS_BY_CODE[code]
    transient = code and get_value(data, "error", "is_transient") is True
    return OutcomeUnknown if transient else plain


def is_container_lost(data: object) -> bool:
    """Whether an answer says that the container to publish does not exist."""
    codes = {error_code(data), get_int(data, "error", "error_subcode")}
    return not codes.isdisjoint({24, LOST_CONTAINER})


def classify_publish_response(status: int, data: object) -> type[PublishError] | None:
    """As `classify_response`, but the error that the container is lost is a successful answer."""
    lost = status in {400, 404} and is_container_lost(data)
    return None if lost else classify_response(status, data)


def classify_lookup_response(status: int, data: object) -> type[PublishError] | None:
    """As `classify_response`, but the error that an object is gone is a successful answer."""
    gone = status in {400, 404} and error_code(data) in NO_SUCH_OBJECT
    return None if gone else classify_response(status, data)
