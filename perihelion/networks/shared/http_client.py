"""What the adapters that speak HTTP share: `Wire`, an adapter's only way out.

It sends one request at a time and never twice, and reads what happened from the exchange itself,
whatever a client library made of it. Every failure leaves as one of the four publish errors,
without a secret.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from urllib3 import exceptions as low

from perihelion.model.errors import NotSent, OutcomeUnknown, PublishError
from perihelion.model.storable_text import make_storable
from perihelion.networks.shared.error_classification import (
    classify_status,
    instant_after,
    make_error,
    parse_rate_limit,
    safe_cause,
)
from perihelion.networks.shared.http_session import HttpSession, silence_urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from perihelion.networks.base import Context

TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A 2xx answer; `data` is its JSON, or None where the body is none."""

    status: int
    headers: Mapping[str, str]
    data: Any = None

    def get_text(self, name: str) -> str:
        """The non-empty string (or number) at `name` of a JSON object, or the empty string."""
        value = self.data.get(name) if isinstance(self.data, dict) else None
        return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


class HttpClient:
    """An adapter's only way out. `secrets` never show; `sort` refines what a status means.

    `sort(status, data)` gets the status and the JSON of an answer (None if it is none), and gives
    the error to raise or None for success; the default is `sort_status`. `wish(data)` finds the
    seconds to wait in the JSON of a 429, for networks that say more there than in a header.
    """

    def __init__(
        self,
        context: Context,
        secrets: Iterable[str] = (),
        classify: Callable[[int, object], type[PublishError] | None] | None = None,
        session: type[HttpSession] = HttpSession,
        read_retry_after: Callable[[object], object] = lambda _data: None,
    ) -> None:
        self.session = session(context.timeout, context.deadline)
        self._secrets = tuple(secrets)
        self._classify = classify or (lambda status, _data: classify_status(status))
        self._read_retry_after = read_retry_after
        self._now = context.now
        self._not_before: datetime | None = None
        self._limit_seen_at = context.now()
        silence_urllib3()

    def not_before(self) -> datetime | None:
        """Until when the last rate limit seen asks to wait (UTC), or None."""
        now = self._now()
        if self._not_before is None or now < self._limit_seen_at:  # set back, the clock cannot tell
            return None
        return self._not_before if self._not_before > now else None

    def add_secrets(self, *secrets: str) -> None:
        """Hide these too, from now on: tokens that were got after the start."""
        self._secrets = tuple(dict.fromkeys((*self._secrets, *secrets)))

    def request(self, what: str, method: str, url: str, **kwargs: Any) -> ApiResponse:
        """One request. `what` begins the message of an error: "mastodon-de: upload"."""
        return self.capture_response(what, lambda: self.session.request(method, url, **kwargs))

    def capture_response(self, what: str, send: Callable[[], object]) -> ApiResponse:
        """The answer to the one request that `send` makes, through whatever client library.

        What the library returns or raises does not count: the exchange itself does. Where none
        was made, nothing left this machine.
        """
        self.session.response = self.session.error = None
        failure: Exception | None = None
        try:
            send()
        except Exception as error:  # noqa: BLE001 - sorted below, by what went over the wire
            failure = error
        if self.session.response is not None:
            return self._classify_response(what, self.session.response)
        raise self._classify_failure(
            what, self.session.error, failure
        ) from self._cause_without_secrets(failure)

    def unreadable_error(self, what: str) -> OutcomeUnknown:
        """The error for a 2xx answer that does not say what it should."""
        return OutcomeUnknown(f"{what}: the answer does not say what was made")

    def _classify_response(self, what: str, response: requests.Response) -> ApiResponse:
        now, headers, data = self._now(), response.headers, _parse_json(response)
        said = parse_rate_limit(response.status_code, headers, now)
        wished = (
            instant_after(self._read_retry_after(data), now)
            if response.status_code == TOO_MANY_REQUESTS
            else None
        )
        wait = max(filter(None, (said, wished)), default=None)
        self._not_before = max(filter(None, (wait, self.not_before())), default=None)
        self._limit_seen_at = now
        kind = self._classify(response.status_code, data)
        if kind is None:
            return ApiResponse(response.status_code, headers, data)
        message = f"{what}: {response.status_code} {_format_error_detail(data)}".rstrip()
        raise make_error(kind, message, self._secrets, wait - now if wait else None)

    def _classify_failure(
        self, what: str, transport_error: Exception | None, library_error: Exception | None
    ) -> PublishError:
        if transport_error is not None:
            kind, said = classify_exception(transport_error), type(transport_error).__name__
            why = "no connection" if kind is NotSent else "no whole answer"
            return make_error(kind, f"{what}: {why} ({said})", self._secrets)
        said = type(library_error).__name__ if library_error else "no request was made"
        return make_error(
            NotSent, f"{what}: nothing was sent ({said}: {library_error})", self._secrets
        )

    def _cause_without_secrets(self, failure: Exception | None) -> BaseException | None:
        return safe_cause(failure, self._secrets) if failure else None


def classify_exception(error: BaseException) -> type[PublishError]:
    """NotSent for no address, refused, connect timeout, failed TLS or an impossible request.

    All else is OutcomeUnknown. `requests.ConnectionError` also covers a connection that was cut
    after the body had left: only the reason within it tells the two apart.
    """
    certain = (
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
    wrapped: object = error
    while isinstance(wrapped, BaseException):
        if isinstance(wrapped, certain):
            return NotSent
        wrapped = getattr(wrapped, "reason", None) or next(iter(wrapped.args), None)
    return OutcomeUnknown


def _parse_json(response: requests.Response) -> object:
    try:
        return _clean_json(json.loads(response.content))
    except (ValueError, RecursionError):
        return None


def _clean_json(data: Any) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(data, str):
        return make_storable(data)
    if isinstance(data, list):
        return [_clean_json(one) for one in data]
    if isinstance(data, dict):
        return {name: _clean_json(one) for name, one in data.items()}
    return data


def _format_error_detail(data: object) -> str:
    """What the server says is wrong, on one line, cut to a sentence or two."""
    if isinstance(data, dict) and isinstance(data.get("error"), dict):
        data = data["error"]
    if not isinstance(data, dict):
        return ""
    names = ("error", "message", "description", "error_description", "detail", "title")
    said = [str(data[name]) for name in names if isinstance(data.get(name), (str, int))]
    said += _iterate_errors(data.get("errors"))
    return re.sub(r"[\x00-\x20\x7f-\x9f]+", " ", ": ".join(said))[:300]


def _iterate_errors(errors: object, field_path: str = "") -> Iterator[str]:
    """X's list of errors, and Discord's tree of them, by the field that each one is about."""
    if isinstance(errors, list):
        for one in errors:
            yield from _iterate_errors(one, field_path)
    elif isinstance(errors, dict) and isinstance(errors.get("message"), str):
        yield f"{field_path}: {errors['message']}".removeprefix(": ")
    elif isinstance(errors, dict):
        for name, inner in errors.items():
            deeper = field_path if name == "_errors" else f"{field_path}.{name}".removeprefix(".")
            yield from _iterate_errors(inner, deeper)
