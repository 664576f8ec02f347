"""Taking secrets out of text that people and machines will read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REDACTED = "***"
_SECRET_NAME = re.compile(r"(TOKEN|SECRET|PASSWORD|KEY|WEBHOOK|DATABASE_URL|ALERTS)(_FILE)?$")
_MIN_SECRET_LENGTH = 4
"""Hiding shorter values would hide half of any text, and they protect nothing."""


def find_secrets(environ: Mapping[str, str]) -> frozenset[str]:
    """Every value that `environ` keeps under a secret's name, or in the file such a name gives.

    It judges by names alone, so that even a crash before the settings are read hides them.
    """
    named = {name: value for name, value in environ.items() if _SECRET_NAME.search(name) and value}
    return frozenset(
        one for name, value in named.items() for one in _split_values(name, value) if one
    )


def _split_values(name: str, value: str) -> Iterable[str]:
    """A variable's own value; and each of its addresses, where it holds several."""
    text = _read_secret_file(value) if name.endswith("_FILE") else value.strip()
    return (text, *text.split()) if "ALERTS" in name else (text,)


def _read_secret_file(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


class Redactor:
    """Replaces each of `secrets` by *** in a text, however it was quoted on its way there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        encodings = {guise for secret in secrets for guise in _list_encodings(secret)}
        hidden = sorted(
            (g for g in encodings if len(g) >= _MIN_SECRET_LENGTH), key=len, reverse=True
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
