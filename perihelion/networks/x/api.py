"""X's API through tweepy: one request at a time, and what its answers mean.

tweepy lets through JSONDecodeError, AttributeError and TypeError, follows redirects and has no
timeout: so it only makes and signs the requests, on our own session, and the wire says what
happened.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import (
    Credentials,
    LedgerError,
    NotSent,
    OutcomeUnknown,
    PublishError,
    Rejected,
)
from perihelion.networks.shared.error_classification import classify_status
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.http_session import HttpSession
from perihelion.networks.x.oauth import SECRET_NAMES, make_authentication

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from tweepy import Client

    from perihelion.networks.base import AdapterMemory, Context
    from perihelion.networks.shared.http_client import ApiResponse

TWEEPY_HOST = "https://api.twitter.com"
PAYMENT_REQUIRED, FORBIDDEN = 402, 403
_BILLING_PATTERN = re.compile(r"credit|spend(?:ing)? (?:cap|limit)")
_ACCOUNT_PATTERN = re.compile(
    r"suspended|temporarily locked|app permissions|oauth1-permissions|client-forbidden"
    r"|client-not-enrolled|unsupported-authentication|usage-capped"
)
"""What a 403 says that holds for every post of the account, not for this one."""


class XApi:
    """One account's way to X at `base`, signed in."""

    def __init__(self, context: Context, base: str) -> None:
        secrets = [context.get_value(name).strip() for name in SECRET_NAMES]
        self.http = HttpClient(
            context, secrets, classify_response, session=_make_session_class(base)
        )
        self._authentication = make_authentication(context, self.http, base)

    @property
    def last_status(self) -> int | None:
        """The status of the last answer; None where there was none."""
        response = self.http.session.response
        return None if response is None else response.status_code

    def capture_response(self, what: str, send: Callable[[Client, bool], object]) -> ApiResponse:
        """The answer to the one request that `send(client, user_auth)` makes.

        Raises the publish errors; Credentials say in plain words what to do.
        """
        self._authentication.ensure_valid()
        try:
            return self.http.capture_response(
                what, lambda: send(self._authentication.client, self._authentication.user_auth)
            )
        except Credentials as error:
            if self._is_about_money(error):
                text = "no credits; buy some or raise the spending limit at console.x.com"
                raise Credentials(f"{what}: {text}") from error
            if self.last_status != FORBIDDEN:
                self._authentication.handle_unauthorized()
            raise

    def _is_about_money(self, error: Credentials) -> bool:
        told = self.last_status == FORBIDDEN and _BILLING_PATTERN.search(str(error).lower())
        return self.last_status == PAYMENT_REQUIRED or bool(told)

    def send_request(self, what: str, method: str, path: str, **kwargs: Any) -> ApiResponse:
        """One request that tweepy has no method of its own for."""
        return self.capture_response(
            what, lambda client, auth: client.request(method, path, **kwargs, user_auth=auth)
        )


class BestEffortMemory:
    """What is worth remembering, and no more than that: what cannot be kept is asked for again."""

    def __init__(self, memory: AdapterMemory) -> None:
        self._memory = memory

    def get(self, name: str) -> str | None:
        """The value last put, if it can be had."""
        with suppress(LedgerError):
            return self._memory.get(name)
        return None

    def put(self, name: str, value: str) -> None:
        """Keep it, if that can be done."""
        with suppress(LedgerError):
            self._memory.put(name, value)


def get_data_text(answer: ApiResponse, *path: str) -> str:
    """A text at `path` within `data` of an answer, or the empty string."""
    node = answer.data.get("data") if isinstance(answer.data, dict) else None
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, str) else ""


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """What an answer says about the post.

    402: no credits. 403: it says why; where it says nothing, it does not come from X's API. A
    text called a duplicate stands on the account already, so that it is to be looked up.
    """
    if status == PAYMENT_REQUIRED:
        return Credentials
    if status != FORBIDDEN:
        return classify_status(status)
    if not isinstance(data, dict):
        return NotSent
    said = json.dumps(data).lower()
    if "duplicate" in said:
        return OutcomeUnknown
    return (
        Credentials if _BILLING_PATTERN.search(said) or _ACCOUNT_PATTERN.search(said) else Rejected
    )


def _make_session_class(base: str) -> type[HttpSession]:
    """Sessions that lead to `base` what tweepy, whose host is fixed, sends; before it is signed."""

    class OAuth1Session(HttpSession):
        def request(
            self,
            method: str | bytes,
            url: str | bytes,
            *args: Any,
            **kwargs: Any,
        ) -> requests.Response:
            led = str(url).replace(TWEEPY_HOST, base, 1)
            return super().request(method, led, *args, **kwargs)

    return OAuth1Session
