"""Taking secrets out of text that people and machines will read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

REDACTED = "***"
_MIN_SECRET_LENGTH = 4
"""Hiding shorter values would make any text unreadable, and they protect nothing."""


class Redactor:
    """Replaces each of `secrets` by *** in a text, however it was quoted on its way there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        encodings = {form for secret in secrets for form in _list_encodings(secret)}
        hidden = sorted(
            (one for one in encodings if len(one) >= _MIN_SECRET_LENGTH), key=len, reverse=True
        )
        self._pattern = re.compile("|".join(map(re.escape, hidden))) if hidden else None

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        return self._pattern.sub(REDACTED, text) if self._pattern else text


def _list_encodings(secret: str) -> Iterable[str]:
    """A secret as it is, as Python, JSON or a URL would write it, and a URL's own password."""
    for value in (secret, *_find_url_passwords(secret)):
        yield from (value, repr(value)[1:-1], quote(value), quote(value, safe=""))
        yield from (json.dumps(value, ensure_ascii=plain)[1:-1] for plain in (True, False))


def _find_url_passwords(secret: str) -> tuple[str, ...]:
    try:
        password = urlsplit(secret).password
    except ValueError:
        return ()
    return (password, unquote(password)) if password else ()
