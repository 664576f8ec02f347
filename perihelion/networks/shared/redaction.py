"""Taking secrets out of text that people and machines will read."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REDACTED = "***"
_MIN_SECRET_LENGTH = 4
"""Hiding shorter values would make any text unreadable, and they protect nothing."""
_MIN_CUT_LENGTH = 16
"""A secret of at least this length is recognised by its beginning."""
_BEGINNING = 8
"""Characters by which a secret that was cut is recognised."""


class Redactor:
    """Replaces each of `secrets` by *** in a text, however it was quoted on its way there.

    That includes the beginning of a long secret, where somebody else has cut the text.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        encodings = {form for secret in secrets for form in _list_encodings(secret)}
        hidden = sorted(
            (one for one in encodings if len(one) >= _MIN_SECRET_LENGTH), key=len, reverse=True
        )
        self._pattern = _compile(hidden)
        # Every address begins alike: it is recognised only as a whole.
        self._long = [one for one in hidden if len(one) >= _MIN_CUT_LENGTH and "//" not in one]
        self._beginnings = _compile({one[:_BEGINNING] for one in self._long})

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        if self._pattern is None:
            return text
        text = self._pattern.sub(REDACTED, text)
        return self._hide_beginnings(text) if self._beginnings else text

    def _hide_beginnings(self, text: str) -> str:
        assert self._beginnings is not None  # noqa: S101 - the caller has asked
        parts, position = [], 0
        for found in self._beginnings.finditer(text):
            if found.start() < position:
                continue
            rest = text[found.start() :]
            shared = max(_count_shared(rest, secret) for secret in self._long)
            parts += [text[position : found.start()], REDACTED]
            position = found.start() + shared
        return "".join((*parts, text[position:]))


def list_address_secrets(text: str) -> Iterator[str]:
    """The passwords and the values of queries in the addresses in `text`."""
    for address in re.findall(r"\w+://[^\s,]+", text):
        yield from _find_url_passwords(address)
        query = address.partition("?")[2].partition("#")[0]
        for part in re.split("[&;]", query):
            value = part.partition("=")[2] or part
            if len(value) >= _BEGINNING:
                yield value


def hide_query(address: str) -> str:
    """An address as a message may show it: without its query, which may hold a secret."""
    plain, found, _query = address.partition("?")
    return f"{plain}?{REDACTED}" if found else plain


def _count_shared(text: str, secret: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(text, secret, strict=False))
    return next((i for i, (one, other) in pairs if one != other), min(len(text), len(secret)))


def _compile(texts: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = "|".join(map(re.escape, texts))
    return re.compile(alternatives) if alternatives else None


def _list_encodings(secret: str) -> Iterator[str]:
    """A secret as it is, as Python, JSON, HTML, a URL or Base64 would write it.

    And the password in it, if it is an address.
    """
    for value in (secret, *_find_url_passwords(secret)):
        yield from (value, repr(value)[1:-1], html.escape(value), html.escape(value, quote=False))
        for quoted in (quote(value), quote(value, safe=""), quote_plus(value)):
            yield from (quoted, re.sub("%..", lambda found: found[0].lower(), quoted))
        for plain in (True, False):
            escaped = json.dumps(value, ensure_ascii=plain)[1:-1]
            yield from (escaped, escaped.replace("/", "\\/"), json.dumps(escaped)[1:-1])
        yield from _list_base64(value)


def _list_base64(secret: str) -> Iterator[str]:
    """What stays of `secret` in the Base64 of any text with it, wherever in it the secret is."""
    data = secret.encode(errors="surrogatepass")
    for before in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(b" " * before + data).decode().rstrip("=")
            first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
            if last - first >= _BEGINNING:
                yield whole[first:last]


def _find_url_passwords(secret: str) -> tuple[str, ...]:
    try:
        password = urlsplit(secret).password
    except ValueError:
        return ()
    return (password, unquote(password)) if password else ()
