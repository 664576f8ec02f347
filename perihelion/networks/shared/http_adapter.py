"""What adapters over HTTP have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.errors import NotSent

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.observations import Observation
    from perihelion.model.posts import Post, Receipt
    from perihelion.networks.base import Context, PublishedPost
    from perihelion.networks.shared.http_client import HttpClient


class HttpAdapter:
    """One account, whose requests go through `http`. The base of each network's adapter."""

    def __init__(self, context: Context, http: HttpClient) -> None:
        self._context, self._account, self._http = context, context.account, http

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._account.name}>"

    def not_before(self) -> datetime | None:
        """When the last rate limit seen ends (UTC), or None."""
        return self._http.not_before()

    def observe(self) -> Observation:
        """What the last answer that named it said about the rate limit."""
        return self._http.observed

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - for those that can
        """Raises NotSent: the network does not let the account look up its posts."""
        raise NotSent(self._http.label("its posts cannot be looked up"))

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:  # noqa: ARG002 - as `find`
        """Nothing: the network does not list the account's posts."""
        return ()
