"""How an account signs in to X: by OAuth 1.0a keys, or by OAuth 2 tokens that are renewed.

An OAuth 2 access token holds for two hours, and a refresh token for one use: the pair that X gives
for it is kept in the account's memory before it is used.
"""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from perihelion.model.errors import Credentials, LedgerError, NotSent, Rejected
from perihelion.networks.shared.outcomes import nothing_posted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tweepy import Client

    from perihelion.networks.base import Context
    from perihelion.networks.shared.http import Wire

EARLY = timedelta(minutes=5)
"""How long before its end an access token is renewed."""
LIFE = 7200
"""Seconds that an access token holds where X does not say."""
KEPT_AS = "tokens"
KEYS = ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
SECRETS = (*KEYS, "CLIENT_SECRET", "REFRESH_TOKEN")


class SignIn(Protocol):
    """One account's way in. `client` is tweepy's; `user_auth` says which way it shall sign."""

    client: Client
    user_auth: bool

    def renew(self) -> None:
        """See to it that the client may ask. Raises NotSent or Credentials; nothing is posted."""

    def refused(self) -> None:
        """X has answered 401."""


def sign_in(context: Context, wire: Wire, base: str) -> SignIn:
    """The way in that the account's variables are for; makes no request."""
    return Tokens(context, wire, base) if context.value("REFRESH_TOKEN") else Keys(context, wire)


def remember(context: Context, access: str, refresh: str) -> None:
    """Keep tokens of a sign-in just done, so that an adapter of `context` asks with them first."""
    pair = _Pair(access, refresh, context.now() + timedelta(seconds=LIFE))
    context.memory.put(KEPT_AS, pair.to_json())


class Keys:
    """OAuth 1.0a: four keys that hold until they are revoked."""

    user_auth = True

    def __init__(self, context: Context, wire: Wire) -> None:
        key, secret, token, token_secret = (context.value(name).strip() for name in KEYS)
        self.client = _client(
            wire,
            consumer_key=key,
            consumer_secret=secret,
            access_token=token,
            access_token_secret=token_secret,
        )

    def renew(self) -> None:
        """Nothing to do."""

    def refused(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class _Pair:
    access: str
    refresh: str
    ends_at: datetime

    def to_json(self) -> str:
        return json.dumps([self.access, self.refresh, self.ends_at.isoformat()])

    @classmethod
    def from_json(cls, text: str | None) -> _Pair | None:
        """What `to_json` wrote; None for nothing, or what cannot be read."""
        with suppress(ValueError, TypeError):
            access, refresh, ends_at = json.loads(text or "")
            return cls(access, refresh, datetime.fromisoformat(ends_at))
        return None


class Tokens:
    """OAuth 2 with refresh. Several processes may share the account's memory."""

    user_auth = False

    def __init__(self, context: Context, wire: Wire, base: str) -> None:
        self._context, self._wire, self._base = context, wire, base
        self._unsaved: _Pair | None = None
        self.client = _client(wire)

    def renew(self) -> None:
        """Take the kept access token, or get a new one shortly before its end."""
        if self._unsaved:
            self._keep(self._unsaved)
        pair = self._kept()
        if pair is None or pair.ends_at - EARLY <= self._context.now():
            pair = self._refresh(pair)
        self._wire.hide(pair.access, pair.refresh)
        self.client.bearer_token = pair.access

    def refused(self) -> None:
        """Let go of an access token that ended early, so that the next try gets a new one."""
        with suppress(NotSent):
            pair = self._kept()
            if pair and pair.access == self.client.bearer_token:
                self._keep(replace(pair, ends_at=datetime.fromtimestamp(0, UTC)))

    def _refresh(self, old: _Pair | None) -> _Pair:
        spent = old.refresh if old else self._context.value("REFRESH_TOKEN").strip()
        what = f"{self._context.account.name}: the sign-in"
        try:
            with nothing_posted():
                answer = self._ask(what, spent)
        except (Rejected, Credentials) as error:
            return self._another(spent, what, error)
        access = answer.text("access_token")
        if not access:
            raise NotSent(f"{what}: the answer holds no access token")
        seconds = answer.data.get("expires_in")
        life = seconds if isinstance(seconds, int) and 0 < seconds <= 10 * LIFE else LIFE
        ends_at = self._context.now() + timedelta(seconds=life)
        pair = _Pair(access, answer.text("refresh_token") or spent, ends_at)
        self._keep(pair)
        return pair

    def _ask(self, what: str, spent: str) -> Any:  # noqa: ANN401 - an Answer, whose data is anything
        """Trade a refresh token in; a public client names itself, another proves itself."""
        number, secret = (
            self._context.value(name).strip() for name in ("CLIENT_ID", "CLIENT_SECRET")
        )
        form = {"grant_type": "refresh_token", "refresh_token": spent}
        return self._wire.request(
            what,
            "POST",
            f"{self._base}/2/oauth2/token",
            data=form if secret else form | {"client_id": number},
            auth=(number, secret) if secret else None,
        )

    def _another(self, spent: str, what: str, error: Exception) -> _Pair:
        """The pair that another process got for the same token a moment earlier."""
        pair = self._kept()
        if pair and pair.refresh != spent:
            return pair
        text = "the refresh token is refused; sign in again, and set the new one"
        raise Credentials(f"{what}: {text}") from error

    def _kept(self) -> _Pair | None:
        with self._memory():
            return _Pair.from_json(self._context.memory.get(KEPT_AS))

    def _keep(self, pair: _Pair) -> None:
        self._unsaved = pair
        with self._memory():
            self._context.memory.put(KEPT_AS, pair.to_json())
        self._unsaved = None

    @contextmanager
    def _memory(self) -> Iterator[None]:
        try:
            yield
        except LedgerError as error:
            name = self._context.account.name
            raise NotSent(f"{name}: its tokens cannot be kept: {error}") from error


def _client(wire: Wire, **keys: str) -> Client:
    """A tweepy on our own session: with timeouts, without redirects, waits or a word in the log."""
    from tweepy import Client  # noqa: PLC0415 - 0.2 s that `--help` does not pay

    for name in ("tweepy", "oauthlib", "requests_oauthlib"):
        logging.getLogger(name).setLevel(logging.INFO)  # DEBUG prints keys and tokens
    client = Client(**keys, wait_on_rate_limit=False)
    client.session = wire.session
    return client
