"""X's API through tweepy: one request at a time, and the meaning of its answers.

tweepy raises JSONDecodeError, AttributeError and TypeError, follows redirects and has no timeout.
It therefore only makes and signs the requests, in our own session, and the outcome is read from the
exchange itself.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import (
    Credentials,
    LedgerError,
    OutcomeUnknown,
    ParentGone,
    PublishError,
    RefusedForNow,
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
BAD_REQUEST, PAYMENT_REQUIRED, FORBIDDEN = 400, 402, 403
_BILLING_PATTERN = re.compile(r"credit|spend(?:ing)? (?:cap|limit)")
_ACCOUNT_PATTERN = re.compile(
    r"suspended|temporarily locked|app permissions|oauth1-permissions|client-forbidden"
    r"|client-not-enrolled|unsupported-authentication|usage-capped"
)
"""The text of a 403 that is about the account, not about this post."""
_POST_PATTERN = re.compile(
    r"\brepl(?:y|ies|ied)\b|quote|too long|shorter|not visible|deleted|restricted who"
)
"""The text of a 403 about this post: X does not allow the reply, or the text."""
_PARENT_PATTERN = re.compile(r"repl(?:y|ied) to a (?:tweet|post) that is deleted")
"""The text of a 403 for an answer to a post that is gone."""
_MEDIA_PATTERN = re.compile(r"media ids?\b.{0,20}invalid|validation of media ids failed")
"""The text of a 400 for pictures that X has dropped since they were uploaded."""


class XApi:
    """Authenticated requests of one account to the API at `base`."""

    def __init__(self, context: Context, base: str) -> None:
        secrets = [context.get_value(name) for name in SECRET_NAMES]
        self.http = HttpClient(
            context, secrets, classify=classify_response, session=_make_session_class(base)
        )
        self._authentication = make_authentication(context, self.http, base)

    def capture_response(self, what: str, send: Callable[[Client, bool], object]) -> ApiResponse:
        """The answer to the one request that `send(client, user_auth)` makes.

        Raises the publish errors; the message of Credentials says what to do.
        """
        self._authentication.ensure_valid()
        try:
            return self.http.capture_response(
                what, lambda: send(self._authentication.client, self._authentication.user_auth)
            )
        except Credentials as error:
            if self._is_about_money(error):
                text = "no credits; buy some or raise the spending limit at console.x.com"
                raise Credentials(self.http.label(f"{what}: {text}")) from error
            if self.http.last_status != FORBIDDEN:
                self._authentication.handle_unauthorized()
            raise

    def _is_about_money(self, error: Credentials) -> bool:
        status = self.http.last_status
        about_billing = status == FORBIDDEN and _BILLING_PATTERN.search(str(error).lower())
        return status == PAYMENT_REQUIRED or bool(about_billing)

    def send_request(self, what: str, method: str, path: str, **kwargs: Any) -> ApiResponse:
        """One request for which tweepy has no method of its own."""
        return self.capture_response(
            what, lambda client, auth: client.request(method, path, **kwargs, user_auth=auth)
        )


class BestEffortMemory:
    """A memory without which the account works too: its failures are ignored."""

    def __init__(self, memory: AdapterMemory) -> None:
        self._memory = memory

    def get(self, name: str) -> str | None:
        """The value last saved under `name`, if it can be read."""
        with suppress(LedgerError):
            return self._memory.get(name)
        return None

    def put(self, name: str, value: str) -> None:
        """Save `value` under `name`, if possible."""
        with suppress(LedgerError):
            self._memory.put(name, value)


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """What an answer means for the post.

    400: this post, unless its pictures are gone. 402: no credits. 403: the reason is in its text;
    without JSON, the answer is not the API's. A text that X calls a duplicate is already on the
    account, and is to be looked up. Most other 403 are about the moment: a daily limit, or a
    request that "might be automated".
    """
    if status == PAYMENT_REQUIRED:
        return Credentials
    from_api, text = isinstance(data, dict), json.dumps(data).lower()
    if status == BAD_REQUEST and _MEDIA_PATTERN.search(text):
        return RefusedForNow
    if status != FORBIDDEN or not from_api:
        return classify_status(status, from_api=from_api)
    if "duplicate" in text:
        return OutcomeUnknown
    if _BILLING_PATTERN.search(text) or _ACCOUNT_PATTERN.search(text):
        return Credentials
    refusal = ParentGone if _PARENT_PATTERN.search(text) else Rejected
    return refusal if _POST_PATTERN.search(text) else RefusedForNow


def _make_session_class(base: str) -> type[HttpSession]:
    """Sessions that redirect tweepy's requests, whose host is fixed, to `base` before signing."""

    class OAuth1Session(HttpSession):
        def request(
            self,
            method: str | bytes,
            url: str | bytes,
            *args: Any,
            **kwargs: Any,
        ) -> requests.Response:
            return super().request(method, str(url).replace(TWEEPY_HOST, base, 1), *args, **kwargs)

    return OAuth1Session
