"""Threads' Graph API and its token.

Facts from Meta's documents (developers.facebook.com: Threads API) as other sites keep them; there
is no official OpenAPI file.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import OutcomeUnknown, PublishError
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.http_client import ApiResponse, HttpClient
from perihelion.networks.threads.error_codes import classify_lookup_response, classify_response

if TYPE_CHECKING:
    from perihelion.networks.base import Context

REFRESH_WHEN_LEFT = timedelta(days=30)
"""A token lives 60 days from when it is refreshed; half of that leaves time for trouble."""
MIN_TOKEN_AGE = timedelta(hours=25)
"""Tokens younger than 24 hours cannot be refreshed."""
REFRESH_RETRY_AFTER = timedelta(hours=6)


class GraphApi:
    """Requests to the API in the account's name."""

    def __init__(self, context: Context, base: str) -> None:
        self._context, self._base = context, base
        self._configured_token = context.get_value("TOKEN").strip()
        self._http = HttpClient(context, (self._configured_token,), classify_response)
        self._lookup_http = HttpClient(context, (self._configured_token,), classify_lookup_response)

    def get(self, what: str, path: str, **query: str) -> ApiResponse:
        """A GET. An object that is gone comes back as an answer with its `error`."""
        return self._lookup_http.request(
            self.with_account_name(what),
            "GET",
            self._make_url(path),
            params=query,
            headers=self._auth_headers(),
        )

    def post(self, what: str, path: str, **fields: str) -> ApiResponse:
        """A POST, once."""
        return self._http.request(
            self.with_account_name(what),
            "POST",
            self._make_url(path),
            data=fields,
            headers=self._auth_headers(),
        )

    def with_account_name(self, what: str) -> str:
        """`what`, as an error about it begins."""
        return f"{self._context.account.name}: {what}"

    def unreadable_error(self, what: str) -> OutcomeUnknown:
        """The error for a 2xx answer that does not say what it should."""
        return self._http.unreadable_error(self.with_account_name(what))

    def not_before(self) -> datetime | None:
        """Until when the API's rate limit asks to wait."""
        return max(
            filter(None, (self._http.not_before(), self._lookup_http.not_before())), default=None
        )

    @property
    def expires_at(self) -> datetime | None:
        """When the token ends, as far as a refresh has told (UTC)."""
        told = self._load_token().get("expires_at")
        return datetime.fromisoformat(told) if told else None

    def may_have_forgotten(self, then: datetime) -> bool:
        """Whether something kept at `then` may be lost: what is kept goes with its token."""
        kept = self._load_token()
        return not kept or then < datetime.fromisoformat(kept["since"])

    def refresh_token(self) -> None:
        """Renew the token if it is time. Whatever fails here leaves the old one in use."""
        kept, now = self._load_token(), self._context.now()
        if not kept:
            self._save_token(token=self._configured_token, ask_at=now + MIN_TOKEN_AGE)
            return
        expires_at = self.expires_at
        due = expires_at is None or expires_at - now < REFRESH_WHEN_LEFT
        if not due or now < datetime.fromisoformat(kept["ask_at"]):
            return
        self._save_token(
            token=kept["token"], ask_at=now + REFRESH_RETRY_AFTER, expires_at=expires_at
        )
        try:
            self._renew_token(kept["token"], now)
        except PublishError:
            return

    def _renew_token(self, token: str, now: datetime) -> None:
        query = {"grant_type": "th_refresh_token", "access_token": token}
        with unknown_as_not_sent():
            answer = self._http.request(
                self.with_account_name("the token"),
                "GET",
                f"{self._base}/refresh_access_token",
                params=query,
            )
        seconds = answer.data.get("expires_in") if isinstance(answer.data, dict) else None
        fresh = answer.get_text("access_token")
        if fresh and isinstance(seconds, int) and 0 < seconds < timedelta(days=366).total_seconds():
            ends = now + timedelta(seconds=seconds)
            self._save_token(token=fresh, ask_at=now + MIN_TOKEN_AGE, expires_at=ends)

    def _load_token(self) -> dict[str, Any]:
        """What is known of the token, unless another has been set since."""
        try:
            kept = json.loads(self._context.memory.get("token") or "")
            datetime.fromisoformat(kept["ask_at"])
            datetime.fromisoformat(kept["since"])
            known = kept["of"] == _hash_secret(self._configured_token) and isinstance(
                kept["token"], str
            )
        except (ValueError, KeyError, TypeError):
            return {}
        if not known:
            return {}
        for http in (self._http, self._lookup_http):
            http.add_secrets(kept["token"])
        found: dict[str, Any] = kept
        return found

    def _save_token(self, token: str, ask_at: datetime, expires_at: datetime | None = None) -> None:
        ends = expires_at.isoformat() if expires_at else None
        kept = {
            "of": _hash_secret(self._configured_token),
            "since": self._load_token().get("since") or self._context.now().isoformat(),
            "token": token,
            "expires_at": ends,
            "ask_at": ask_at.isoformat(),
        }
        self._context.memory.put("token", json.dumps(kept))

    def _auth_headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._load_token().get('token') or self._configured_token}"
        }

    def _make_url(self, path: str) -> str:
        return f"{self._base}/v1.0/{path}"


def _hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
