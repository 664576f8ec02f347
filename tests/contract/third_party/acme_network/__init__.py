"""A network that another package adds: an invented service that keeps idempotency keys.

It was written when a post had one picture, and knows `post.picture` alone.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perihelion.model.posts import Limits, Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    NetworkSpec,
    PublishedPost,
    Variable,
)
from perihelion.networks.shared.account_settings import read_server_url
from perihelion.networks.shared.error_classification import confirm_refusals, failures_as_not_sent
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.media import require_fit

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.posts import Post

LIMITS = Limits(length=400)


class Acme:
    """One account. Values: URL, TOKEN."""

    name = "acme"
    limits = LIMITS
    dedupe = Dedupe(DedupeMethod.KEYED)

    def __init__(self, context: Context) -> None:
        token = context.get_value("TOKEN")
        self._base = read_server_url(context)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._wire = HttpClient(context, secrets=(token,))

    def check(self) -> Identity:
        """Whose token it is."""
        with failures_as_not_sent():
            answer = self._wire.request(
                "the account", "GET", f"{self._base}/me", headers=self._headers
            )
        return Identity(answer.require_text("name"))

    def publish(self, post: Post, token: str) -> Receipt:
        """One request, with the token as its key."""
        require_fit(post, LIMITS)
        with confirm_refusals(self.check):
            answer = self._wire.request(
                "the post",
                "POST",
                f"{self._base}/posts",
                json=_request_body(post),
                headers={**self._headers, "Idempotency-Key": token},
            )
        number = answer.require_text("id")
        return Receipt(number, f"{self._base}/posts/{number}")

    def find(self, _post: Post, _token: str) -> Receipt | None:
        """Not needed: the key holds for ever."""
        return None

    def recent(self, _since: datetime) -> tuple[PublishedPost, ...]:
        """It cannot be listed."""
        return ()

    def not_before(self) -> datetime | None:
        """Until when its rate limit asks to wait."""
        return self._wire.not_before()


def _request_body(post: Post) -> dict[str, Any]:
    said = {"text": post.text, "lang": post.language, "answers": post.reply_to}
    if post.picture is None:
        return said
    data = base64.b64encode(Path(post.picture.file).read_bytes()).decode()
    return said | {"picture": {"alt": post.picture.alt, "data": data}}


SPEC = NetworkSpec(
    "acme", Acme, LIMITS, variants=((Variable("URL"), Variable("TOKEN", secret=True)),)
)
