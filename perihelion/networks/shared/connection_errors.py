"""How to say why a request got no answer.

What it means for the post does not depend on that: `HttpSession.request_left` tells it.
"""

from __future__ import annotations

import re
import ssl
from socket import gaierror
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as low

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PROXY_ERRORS = (requests.exceptions.ProxyError, low.ProxyError)
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (low.NameResolutionError, "the name does not resolve"),
    (gaierror, "the name does not resolve"),
    (ssl.SSLCertVerificationError, "its certificate is not valid"),
    (ssl.SSLError, "TLS failed"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionError, "connection closed"),
    (low.TimeoutError, "timed out"),
    (TimeoutError, "timed out"),
)
"""The first one that is anywhere in the chain of causes counts."""


def describe_cause(error: BaseException) -> str:
    """Why there is no connection or no answer, in a few words without any address."""
    chain = list(_iterate_causes(error))
    cause = _find_cause(chain) or type(error).__name__
    return f"the proxy: {cause}" if any(isinstance(one, _PROXY_ERRORS) for one in chain) else cause


def _find_cause(chain: Sequence[BaseException]) -> str:
    for kind, text in _CAUSES:
        if any(isinstance(one, kind) for one in chain):
            return text
    for one in chain:
        if refusal := re.match(r"Tunnel connection failed: (\d{3})", str(one)):
            return f"answers {refusal[1]}"
        if str(one).startswith("Missing dependencies for SOCKS"):
            return "a SOCKS proxy needs the package PySocks"
    system_errors = (one.strerror for one in chain if isinstance(one, OSError) and one.strerror)
    return next(system_errors, "")


def _iterate_causes(error: object) -> Iterator[BaseException]:
    """`error`, and each error wrapped in it."""
    while isinstance(error, BaseException):
        yield error
        reason = getattr(error, "reason", None) if isinstance(error, low.HTTPError) else None
        original = getattr(error, "original_error", None)
        inner = (reason, original, next(iter(error.args), None), error.__cause__)
        error = next((one for one in inner if isinstance(one, BaseException)), None)
