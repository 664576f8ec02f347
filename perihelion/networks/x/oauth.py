"""Authentication at X: by OAuth 1.0a keys, or by OAuth 2 tokens that are renewed.

An OAuth 2 access token is valid for two hours, and a refresh token for one use. The new pair that X
gives for it is saved in the account's memory before it is used.
"""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.model.errors import Credentials, LedgerError, NotSent, Rejected
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.json_values import get_int

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tweepy import Client

    from perihelion.networks.base import Context
    from perihelion.networks.shared.http_client import ApiResponse, HttpClient

RENEWAL_MARGIN = timedelta(minutes=5)
"""How long before its expiry an access token is renewed."""
DEFAULT_LIFETIME = 7200
"""Seconds for which an access token is valid if X does not say."""
MEMORY_KEY = "tokens"
KEY_NAMES = ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
SECRET_NAMES = (*KEY_NAMES, "CLIENT_SECRET", "REFRESH_TOKEN")


def make_authentication(context: Context, http: HttpClient, base: str) -> OAuth1Keys | OAuth2Tokens:
    """The authentication for the account's variables; makes no request."""
    return (
        OAuth2Tokens(context, http, base)
        if context.get_value("REFRESH_TOKEN")
        else OAuth1Keys(context, http)
    )


def save_tokens(context: Context, access: str, refresh: str) -> None:
    """Save the tokens of a new sign-in, for the first request of an adapter with this `context`."""
    pair = _TokenPair(access, refresh, context.now() + timedelta(seconds=DEFAULT_LIFETIME))
    context.memory.put(MEMORY_KEY, pair.to_json())


class OAuth1Keys:
    """OAuth 1.0a: four keys that are valid until they are revoked.

    `user_auth` is tweepy's argument for a request with these keys.
    """

    user_auth = True

    def __init__(self, context: Context, http: HttpClient) -> None:
        key, secret, token, token_secret = (context.get_value(name) for name in KEY_NAMES)
        self.client = _make_client(
            http,
            consumer_key=key,
            consumer_secret=secret,
            access_token=token,
            access_token_secret=token_secret,
        )

    def ensure_valid(self) -> None:
        """Nothing to do."""

    def handle_unauthorized(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class _TokenPair:
    access: str
    refresh: str
    ends_at: datetime

    def to_json(self) -> str:
        return json.dumps([self.access, self.refresh, self.ends_at.isoformat()])

    @classmethod
    def from_json(cls, text: str | None) -> _TokenPair | None:
        """The pair that `to_json` wrote; None if there is none or it cannot be read."""
        with suppress(ValueError, TypeError):
            access, refresh, ends_at = json.loads(text or "")
            return cls(access, refresh, datetime.fromisoformat(ends_at))
        return None


class OAuth2Tokens:
    """OAuth 2 with refresh. Several processes may share the account's memory."""

    user_auth = False

    def __init__(self, context: Context, http: HttpClient, base: str) -> None:
        self._context, self._http, self._base = context, http, base
        self._unsaved: _TokenPair | None = None
        self.client = _make_client(http)

    def ensure_valid(self) -> None:
        """Use the saved access token, or get a new one shortly before its expiry."""
        if self._unsaved:
            self._save_pair(self._unsaved)
        pair = self._load_pair()
        if pair is None or pair.ends_at - RENEWAL_MARGIN <= self._context.now():
            pair = self._refresh_tokens(pair)
        self._http.add_secrets(pair.access, pair.refresh)
        self.client.bearer_token = pair.access

    def handle_unauthorized(self) -> None:
        """Discard an access token that was refused early, so that the next try gets a new one."""
        with suppress(NotSent):
            pair = self._load_pair()
            if pair and pair.access == self.client.bearer_token:
                self._save_pair(replace(pair, ends_at=datetime.fromtimestamp(0, UTC)))

    def _refresh_tokens(self, old: _TokenPair | None) -> _TokenPair:
        spent = old.refresh if old else self._context.get_value("REFRESH_TOKEN")
        client = (self._context.get_value("CLIENT_ID"), self._context.get_value("CLIENT_SECRET"))
        try:
            with unknown_as_not_sent():
                form = {"grant_type": "refresh_token", "refresh_token": spent}
                answer = request_tokens(self._http, "the sign-in", self._base, client, form)
        except (Rejected, Credentials) as error:
            return self._load_renewed_pair(spent, error)
        access = answer.get_text("access_token")
        if not access:
            raise NotSent(f"{answer.what}: the answer contains no access token")
        seconds = get_int(answer.data, "expires_in")
        lifetime = seconds if 0 < seconds <= 10 * DEFAULT_LIFETIME else DEFAULT_LIFETIME
        ends_at = self._context.now() + timedelta(seconds=lifetime)
        pair = _TokenPair(access, answer.get_text("refresh_token") or spent, ends_at)
        self._save_pair(pair)
        return pair

    def _load_renewed_pair(self, spent: str, error: Exception) -> _TokenPair:
        """The pair that another process got for the same token shortly before."""
        pair = self._load_pair()
        if pair and pair.refresh != spent:
            return pair
        text = "the sign-in: the refresh token was refused; sign in again, and set the new one"
        raise Credentials(self._http.label(text)) from error

    def _load_pair(self) -> _TokenPair | None:
        with self._ledger_errors_as_not_sent():
            return _TokenPair.from_json(self._context.memory.get(MEMORY_KEY))

    def _save_pair(self, pair: _TokenPair) -> None:
        self._unsaved = pair
        with self._ledger_errors_as_not_sent():
            self._context.memory.put(MEMORY_KEY, pair.to_json())
        self._unsaved = None

    @contextmanager
    def _ledger_errors_as_not_sent(self) -> Iterator[None]:
        try:
            yield
        except LedgerError as error:
            raise NotSent(self._http.label(f"its tokens cannot be saved: {error}")) from error


def request_tokens(
    http: HttpClient, what: str, base: str, client: tuple[str, str], form: dict[str, str]
) -> ApiResponse:
    """Tokens for `form`. A `client` (id, secret) without a secret is a public one."""
    client_id, secret = client
    return http.request(
        what,
        "POST",
        f"{base}/2/oauth2/token",
        data=form if secret else form | {"client_id": client_id},
        auth=client if secret else None,
    )


def silence_oauth_loggers() -> None:
    """Keep the libraries' keys and tokens, which they log at level DEBUG, out of the log."""
    for name in ("tweepy", "oauthlib", "requests_oauthlib"):
        logging.getLogger(name).setLevel(logging.INFO)


def _make_client(http: HttpClient, **keys: str) -> Client:
    """A tweepy client with our own session: with timeouts, without redirects or waits."""
    from tweepy import Client  # noqa: PLC0415 - takes 0.2 s, which `--help` need not wait for

    silence_oauth_loggers()
    client = Client(**keys, wait_on_rate_limit=False)
    client.session = http.session
    return client
