"""Threads' Graph API: its token, and the account's own posts.

Facts from Meta's documents (developers.facebook.com: Threads API) as other sites keep them; there
is no official OpenAPI file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import NotSent, OutcomeUnknown, PublishError
from perihelion.networks.shared.clocks import lag
from perihelion.networks.shared.http import Answer, Wire
from perihelion.networks.shared.outcomes import nothing_posted, reading
from perihelion.networks.threads.answers import sort, sort_look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.networks.base import Context

REFRESH_WHEN_LEFT = timedelta(days=30)
"""A token lives 60 days from when it is refreshed; half of that leaves time for trouble."""
OLD_ENOUGH = timedelta(hours=25)
"""Tokens younger than 24 hours cannot be refreshed."""
TRY_AGAIN = timedelta(hours=6)
FIELDS = "id,permalink,text,timestamp,media_type,replied_to"
PAGES = 25


@dataclass(frozen=True, slots=True)
class Own:
    """A post of the account's own; `posted_at` is by our clock (UTC)."""

    id: str
    permalink: str | None
    text: str
    posted_at: datetime
    replied_to: str | None = None


class Api:
    """Requests to the API in the account's name."""

    def __init__(self, context: Context, base: str) -> None:
        self._context, self._base = context, base
        self._first = context.value("TOKEN").strip()
        self._wire = Wire(context, (self._first,), sort)
        self._look_wire = Wire(context, (self._first,), sort_look)

    def get(self, what: str, path: str, **query: str) -> Answer:
        """A GET. An object that is gone comes back as an answer with its `error`."""
        return self._look_wire.request(
            self.named(what), "GET", self._url(path), params=query, headers=self._headers()
        )

    def post(self, what: str, path: str, **fields: str) -> Answer:
        """A POST, once."""
        return self._wire.request(
            self.named(what), "POST", self._url(path), data=fields, headers=self._headers()
        )

    def named(self, what: str) -> str:
        """`what`, as an error about it begins."""
        return f"{self._context.account.name}: {what}"

    def unreadable(self, what: str) -> OutcomeUnknown:
        """The error for a 2xx answer that does not say what it should."""
        return self._wire.unreadable(self.named(what))

    def not_before(self) -> datetime | None:
        """Until when the API's rate limit asks to wait."""
        return max(
            filter(None, (self._wire.not_before(), self._look_wire.not_before())), default=None
        )

    @property
    def expires_at(self) -> datetime | None:
        """When the token ends, as far as a refresh has told (UTC)."""
        told = self._kept().get("expires_at")
        return datetime.fromisoformat(told) if told else None

    def may_have_forgotten(self, then: datetime) -> bool:
        """Whether something kept at `then` may be lost: what is kept goes with its token."""
        kept = self._kept()
        return not kept or then < datetime.fromisoformat(kept["since"])

    def refresh(self) -> None:
        """Renew the token if it is time. Whatever fails here leaves the old one in use."""
        kept, now = self._kept(), self._context.now()
        if not kept:
            self._keep(token=self._first, ask_at=now + OLD_ENOUGH)
            return
        expires_at = self.expires_at
        due = expires_at is None or expires_at - now < REFRESH_WHEN_LEFT
        if not due or now < datetime.fromisoformat(kept["ask_at"]):
            return
        self._keep(token=kept["token"], ask_at=now + TRY_AGAIN, expires_at=expires_at)
        try:
            self._renew(kept["token"], now)
        except PublishError:
            return

    def own(self, edge: str, since: datetime) -> Iterator[Own]:
        """The account's own posts (edge `threads` or `replies`) since `since`, newest first.

        Raises NotSent where they cannot all be had: an absence must be sure.
        """
        what, cursor = "the account's posts", ""
        for _ in range(PAGES):
            query = {"fields": FIELDS, "limit": "100", **({"after": cursor} if cursor else {})}
            with reading():
                answer = self.get(what, f"{self._context.value('USER')}/{edge}", **query)
            page = self._page(what, answer)
            yield from (one for one in page if one.posted_at >= since)
            cursor = _cursor(answer.data)
            if not cursor or any(one.posted_at < since for one in page):
                return
        raise NotSent(f"{self.named(what)}: there are too many to look through")

    def _page(self, what: str, answer: Answer) -> list[Own]:
        rows = answer.data.get("data") if isinstance(answer.data, dict) else None
        ahead = lag(answer.headers, self._context.now())
        if isinstance(rows, list):
            page = [_own(row, ahead) for row in rows]
            if None not in page:
                return [one for one in page if one]
        raise NotSent(f"{self.named(what)} could not be read")

    def _renew(self, token: str, now: datetime) -> None:
        query = {"grant_type": "th_refresh_token", "access_token": token}
        with nothing_posted():
            answer = self._wire.request(
                self.named("the token"), "GET", f"{self._base}/refresh_access_token", params=query
            )
        seconds = answer.data.get("expires_in") if isinstance(answer.data, dict) else None
        fresh = answer.text("access_token")
        if fresh and isinstance(seconds, int) and 0 < seconds < timedelta(days=366).total_seconds():
            ends = now + timedelta(seconds=seconds)
            self._keep(token=fresh, ask_at=now + OLD_ENOUGH, expires_at=ends)

    def _kept(self) -> dict[str, Any]:
        """What is known of the token, unless another has been set since."""
        try:
            kept = json.loads(self._context.memory.get("token") or "")
            datetime.fromisoformat(kept["ask_at"])
            datetime.fromisoformat(kept["since"])
            known = kept["of"] == _print(self._first) and isinstance(kept["token"], str)
        except (ValueError, KeyError, TypeError):
            return {}
        if not known:
            return {}
        for wire in (self._wire, self._look_wire):
            wire.hide(kept["token"])
        found: dict[str, Any] = kept
        return found

    def _keep(self, token: str, ask_at: datetime, expires_at: datetime | None = None) -> None:
        ends = expires_at.isoformat() if expires_at else None
        kept = {
            "of": _print(self._first),
            "since": self._kept().get("since") or self._context.now().isoformat(),
            "token": token,
            "expires_at": ends,
            "ask_at": ask_at.isoformat(),
        }
        self._context.memory.put("token", json.dumps(kept))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._kept().get('token') or self._first}"}

    def _url(self, path: str) -> str:
        return f"{self._base}/v1.0/{path}"


def _own(row: object, ahead: timedelta) -> Own | None:
    """A row of a list as a post; None for what is no row at all."""
    if not isinstance(row, dict):
        return None
    answered = row.get("replied_to")
    link = row.get("permalink")
    try:
        return Own(
            id=str(row["id"]),
            permalink=link if isinstance(link, str) else None,
            text=str(row.get("text") or ""),
            posted_at=datetime.fromisoformat(row["timestamp"]).astimezone(UTC) + ahead,
            replied_to=str(answered["id"]) if isinstance(answered, dict) else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _cursor(data: Any) -> str:  # noqa: ANN401 - JSON is anything
    """Where the next page begins. The address that comes with it is not used: it may lead away."""
    for name in ("paging", "cursors", "after"):
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def _print(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
