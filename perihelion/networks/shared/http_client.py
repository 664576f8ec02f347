"""The only way out for adapters that use HTTP.

It sends one request at a time and never twice, and reads the outcome from the exchange itself,
whatever a client library makes of it. Every failure becomes one of the four publish errors, without
a secret in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    PublishError,
    RefusedForNow,
)
from perihelion.model.observations import Observation
from perihelion.model.storable_text import make_storable
from perihelion.networks.shared.connection_errors import describe_cause
from perihelion.networks.shared.error_classification import (
    classify_json,
    make_error,
    safe_cause,
)
from perihelion.networks.shared.error_text import format_error_detail, format_redirect
from perihelion.networks.shared.http_session import HttpSession, silence_urllib3
from perihelion.networks.shared.json_values import get_text, parse_json
from perihelion.networks.shared.rate_limits import (
    TOO_MANY_REQUESTS,
    instant_after,
    parse_rate_limit,
    parse_remaining,
)
from perihelion.networks.shared.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import requests

    from perihelion.networks.base import Context

Classify = Callable[[int, object], type[PublishError] | None]


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A successful answer. `data` is its JSON, or None if the body is not JSON.

    `what` is the beginning of an error about it.
    """

    status: int
    headers: Mapping[str, str]
    data: Any = None
    what: str = ""

    def get_text(self, *path: str) -> str:
        """The string or whole number at `path` of the JSON, as text, or the empty string."""
        return get_text(self.data, *path)

    def require_text(self, *path: str) -> str:
        """As `get_text`. Raises OutcomeUnknown where there is none."""
        found = self.get_text(*path)
        if not found:
            raise self.unreadable_error()
        return found

    def unreadable_error(self) -> OutcomeUnknown:
        """The error for a successful answer without what the API promises."""
        return OutcomeUnknown(f"{self.what}: the answer is not what the API promises")


class HttpClient:
    """Sends the requests of one account. `secrets` never appear in an error.

    `classify(status, data)` gets the status and the JSON of an answer (None if it is not JSON), and
    returns the error to raise, or None for success; the default is `classify_json`.
    `advise(status, data)` says what to do about refused credentials, or a refusal that may pass.
    `read_retry_after(data)` finds the seconds to wait in the JSON of a 429, for networks that say
    more there than in a header.
    """

    def __init__(  # noqa: PLR0913 - all but the context are for some networks only
        self,
        context: Context,
        secrets: Iterable[str] = (),
        *,
        classify: Classify = classify_json,
        session: type[HttpSession] = HttpSession,
        advise: Callable[[int, object], str] = lambda _status, _data: "",
        read_retry_after: Callable[[object], object] = lambda _data: None,
    ) -> None:
        self.session = session(context.timeout, context.deadline)
        self._name = context.account.name
        self._secrets = tuple(secrets)
        self._classify, self._advise, self._read_retry_after = classify, advise, read_retry_after
        self._now = context.now
        self._not_before: datetime | None = None
        self._limit_seen_at = context.now()
        self.observed = Observation()
        silence_urllib3()

    @property
    def last_status(self) -> int | None:
        """The status of the last answer; None if the last request got none."""
        return None if self.session.response is None else self.session.response.status_code

    def not_before(self) -> datetime | None:
        """When the last rate limit seen ends (UTC), or None."""
        now = self._now()
        if self._not_before is None or now < self._limit_seen_at:  # the clock was set back
            return None
        return self._not_before if self._not_before > now else None

    def add_secrets(self, *secrets: str) -> None:
        """Hide these too from now on, such as tokens obtained after the start."""
        self._secrets = tuple(dict.fromkeys((*self._secrets, *secrets)))

    def label(self, what: str) -> str:
        """`what` as an error about it begins: with the account's name."""
        return f"{self._name}: {what}"

    def request(
        self, what: str, method: str, url: str, classify: Classify | None = None, **kwargs: Any
    ) -> ApiResponse:
        """Send one request. `what` names its purpose in an error: "the post"."""
        return self.capture_response(
            what, lambda: self.session.request(method, url, **kwargs), classify
        )

    def capture_response(
        self, what: str, send: Callable[[], object], classify: Classify | None = None
    ) -> ApiResponse:
        """The answer to the one request that `send` makes, through any client library.

        What the library returns or raises does not matter, only the exchange itself. If there was
        no exchange, nothing left this machine. `classify` replaces the client's own.
        """
        what = self.label(what)
        self.session.forget()
        failure: Exception | None = None
        try:
            send()
        except Exception as error:  # noqa: BLE001 - classified below, by the exchange itself
            failure = error
        if self.session.response is not None:
            return self._classify_response(what, self.session.response, classify or self._classify)
        cause = safe_cause(failure, self._secrets) if failure else None
        raise self._classify_failure(what, self.session.error, failure) from cause

    def _classify_response(
        self, what: str, response: requests.Response, classify: Classify
    ) -> ApiResponse:
        now, headers, data = self._now(), response.headers, _read_json(response)
        wait = parse_rate_limit(response.status_code, headers, now)
        if response.status_code == TOO_MANY_REQUESTS:
            in_body = instant_after(self._read_retry_after(data), now)
            wait = max(filter(None, (wait, in_body)), default=None)
        self._not_before = max(filter(None, (wait, self.not_before())), default=None)
        self._limit_seen_at = now
        remaining = parse_remaining(headers)
        if remaining is not None:
            self.observed = replace(self.observed, remaining=remaining, seen_at=now)
        kind = classify(response.status_code, data)
        if kind is None:
            return ApiResponse(response.status_code, headers, data, what)
        detail = format_error_detail(data, response.content, Redactor(self._secrets))
        message = f"{what}: {response.status_code} {detail}".rstrip()
        message += format_redirect(response.status_code, headers.get("Location", ""))
        advised = kind is Credentials or (kind is RefusedForNow and data is not None)
        advice = self._advise(response.status_code, data) if advised else ""
        message += f"; {advice}" if advice else ""
        raise make_error(kind, message, self._secrets, wait - now if wait else None)

    def _classify_failure(
        self, what: str, transport_error: Exception | None, library_error: Exception | None
    ) -> PublishError:
        if isinstance(transport_error, NotSent):  # the lease ran out before it left
            return NotSent(f"{what}: {transport_error}", transport_error.retry_after)
        if transport_error is not None:
            left = self.session.request_left
            kind: type[PublishError] = OutcomeUnknown if left else NotSent
            why = "no complete answer from" if left else "no connection to"
            message = f"{why} {self.session.host} ({describe_cause(transport_error)})"
        elif library_error is not None:
            kind = NotSent
            message = f"nothing was sent ({type(library_error).__name__}: {library_error})"
        else:
            kind, message = NotSent, "nothing was sent"
        return make_error(kind, f"{what}: {message}", self._secrets)


def _read_json(response: requests.Response) -> object:
    try:
        return _clean_json(parse_json(response.content))
    except RecursionError:
        return None


def _clean_json(data: Any) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(data, str):
        return make_storable(data)
    if isinstance(data, list):
        return [_clean_json(one) for one in data]
    if isinstance(data, dict):
        return {name: _clean_json(one) for name, one in data.items()}
    return data
