"""The meaning of a PDS's answers, by its names for errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perihelion.model.errors import Credentials, NotSent
from perihelion.networks.shared.error_classification import classify_status
from perihelion.networks.shared.json_values import get_text

if TYPE_CHECKING:
    from perihelion.model.errors import PublishError

TOKEN_ERRORS = frozenset({"ExpiredToken", "InvalidToken"})
ACCOUNT_ERRORS = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended"})
POST_ERRORS = frozenset({"InvalidRequest", "InvalidRecord", "InvalidMimeType", "BlobTooLarge"})
"""Refusals of this record or this picture."""
EXPECTED_ERRORS = TOKEN_ERRORS | {"InvalidSwap", "RecordNotFound"}
"""Refusals that the caller handles: they are returned as answers, with their status."""

_NO_REPOSITORY = re.compile(r"could not (?:find|resolve|locate)|not found", re.IGNORECASE)
"""What an InvalidRequest says where the account is not, or no longer, on this PDS."""


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """What a status means, given the PDS's name for the error; EXPECTED_ERRORS are answers."""
    name = get_text(data, "error")
    if status in {400, 401} and name in EXPECTED_ERRORS:
        return None
    if status in {400, 401, 403} and name in ACCOUNT_ERRORS:
        return Credentials
    if status == 403 and name:  # noqa: PLR2004 - the token's scope
        return Credentials
    if status == 400 and name == "BlobNotFound":  # noqa: PLR2004 - uploads expire, and are repeated
        return NotSent
    is_about_post = name in POST_ERRORS and not _NO_REPOSITORY.search(get_text(data, "message"))
    return classify_status(status, from_api=is_about_post)
