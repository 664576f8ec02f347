"""What it means that a request got no answer, and how to say so."""

from __future__ import annotations

import ssl
from socket import gaierror
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as low

from perihelion.model.errors import NotSent, OutcomeUnknown, PublishError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEVER_LEFT = (
    low.NewConnectionError,
    low.NameResolutionError,
    low.ConnectTimeoutError,
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
)
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (low.NameResolutionError, "the name does not resolve"),
    (gaierror, "the name does not resolve"),
    (ssl.SSLCertVerificationError, "its certificate is not valid"),
    (ssl.SSLError, "TLS failed"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionError, "connection closed"),
    (requests.exceptions.ProxyError, "the proxy failed"),
    (low.TimeoutError, "timed out"),
    (TimeoutError, "timed out"),
)
"""The first one that is anywhere in the chain of causes counts."""


def classify_exception(error: BaseException) -> type[PublishError]:
    """NotSent if the request cannot have left, otherwise OutcomeUnknown.

    It cannot have left without an address or a connection, or if the request is malformed.
    `requests.ConnectionError` also covers a connection that was cut after the body had left; only
    the reason inside it distinguishes the two.
    """
    wrapped: object = error
    while isinstance(wrapped, BaseException):
        if isinstance(wrapped, _NEVER_LEFT):
            return NotSent
        wrapped = getattr(wrapped, "reason", None) or next(iter(wrapped.args), None)
    return OutcomeUnknown


def describe_cause(error: BaseException) -> str:
    """Why there is no connection or no answer, in a few words without any address."""
    chain = list(_iterate_causes(error))
    for kind, text in _CAUSES:
        if any(isinstance(one, kind) for one in chain):
            return text
    system_errors = (one.strerror for one in chain if isinstance(one, OSError) and one.strerror)
    return next(system_errors, type(error).__name__)


def _iterate_causes(error: object) -> Iterator[BaseException]:
    """`error`, and each error wrapped in it."""
    while isinstance(error, BaseException):
        yield error
        reason = getattr(error, "reason", None) if isinstance(error, low.HTTPError) else None
        inner = (reason, next(iter(error.args), None), error.__cause__)
        error = next((one for one in inner if isinstance(one, BaseException)), None)
