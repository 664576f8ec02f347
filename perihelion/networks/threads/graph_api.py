"""Threads' Graph API and its token.

Facts from Meta's documents (developers.facebook.com: Threads API) as other sites keep them; there
is no official OpenAPI file.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import PublishError
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.http_client import ApiResponse, HttpClient
from perihelion.networks.shared.json_values import get_int, get_object, parse_json
from perihelion.networks.threads.error_codes import (
    classify_lookup_response,
    classify_publish_response,
    classify_response,
)

if TYPE_CHECKING:
    from perihelion.networks.base import Context

REFRESH_WHEN_LEFT = timedelta(days=30)
"""A token is valid for 60 days from its last refresh; half of that leaves time for failures."""
MIN_TOKEN_AGE = timedelta(hours=25)
"""Tokens younger than 24 hours cannot be refreshed."""
REFRESH_RETRY_AFTER = timedelta(hours=6)


class GraphApi:
    """Requests to the API on behalf of the account."""

    def __init__(self, context: Context, base: str) -> None:
        self._context, self._base = context, base
        self._configured_token = context.get_value("TOKEN")
        self.http = HttpClient(context, (self._configured_token,), classify=classify_response)

    def get(self, what: str, path: str, **query: str) -> ApiResponse:
        """Make a GET. If an object is gone, the answer contains the `error`."""
        url, headers = f"{self._base}/v1.0/{path}", self._auth_headers()
        return self.http.request(
            what, "GET", url, classify_lookup_response, params=query, headers=headers
        )

    def post(self, what: str, path: str, **fields: str) -> ApiResponse:
        """Make a POST."""
        url, headers = f"{self._base}/v1.0/{path}", self._auth_headers()
        return self.http.request(what, "POST", url, data=fields, headers=headers)

    def publish_container(self, user: str, container_id: str) -> ApiResponse:
        """Publish a container. If it is lost, the answer contains the `error`."""
        url, headers = f"{self._base}/v1.0/{user}/threads_publish", self._auth_headers()
        fields = {"creation_id": container_id}
        return self.http.request(
            "the post", "POST", url, classify_publish_response, data=fields, headers=headers
        )

    @property
    def expires_at(self) -> datetime | None:
        """When the token expires (UTC), if it has been refreshed."""
        expires_at = self._load_token().get("expires_at")
        return datetime.fromisoformat(expires_at) if expires_at else None

    def may_have_forgotten(self, then: datetime) -> bool:
        """Whether something saved at `then` may be lost, because the token is newer than that."""
        kept = self._load_token()
        return not kept or then < datetime.fromisoformat(kept["since"])

    def refresh_token(self) -> None:
        """Renew the token if it is time. If that fails, the old one remains in use."""
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
            url = f"{self._base}/refresh_access_token"
            answer = self.http.request("the token", "GET", url, params=query)
        seconds, fresh = get_int(answer.data, "expires_in"), answer.get_text("access_token")
        if fresh and 0 < seconds < timedelta(days=366).total_seconds():
            ends = now + timedelta(seconds=seconds)
            self._save_token(token=fresh, ask_at=now + MIN_TOKEN_AGE, expires_at=ends)

    def _load_token(self) -> dict[str, Any]:
        """What is known about the token; nothing if another one has been configured since."""
        try:
            kept = get_object(parse_json(self._context.memory.get("token")))
            datetime.fromisoformat(kept["ask_at"])
            datetime.fromisoformat(kept["since"])
            known = kept["of"] == _hash_secret(self._configured_token) and isinstance(
                kept["token"], str
            )
        except (ValueError, KeyError, TypeError):
            return {}
        if not known:
            return {}
        self.http.add_secrets(kept["token"])
        return kept

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


def _hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
