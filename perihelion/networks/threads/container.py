"""Threads' containers: what a post is before it is published.

A container's number is kept before it is published; a container is published once or not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.errors import NotSent, OutcomeUnknown, Rejected
from perihelion.networks.shared.outcomes import nothing_posted, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.posts import Post
    from perihelion.networks.base import Context
    from perihelion.networks.threads.api import Api

LATER = timedelta(seconds=30)
"""How long Meta advises to wait for a container that is not ready."""
READY = frozenset({"FINISHED", "IN_PROGRESS"})
OVER = frozenset({"EXPIRED", "ERROR", "GONE"})
"""It will never be published. GONE is ours: the API knows no such container."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A container for the post with the fingerprint `post`.

    `left`: the request that publishes it may have arrived. `receipt`: id and URL once it has.
    """

    post: str
    id: str
    left: bool = False
    receipt: tuple[str, str | None] | None = None


class Containers:
    """The account's containers, by token, in its memory and on the server."""

    def __init__(self, context: Context, api: Api, pause: Callable[[float], None]) -> None:
        self._context, self._api, self._pause = context, api, pause
        self._user = context.value("USER").strip()

    def kept(self, post: Post, token: str) -> Draft | None:
        """The container of an earlier try at this very post."""
        try:
            draft = Draft(**json.loads(self._context.memory.get(f"container {token}") or ""))
        except (ValueError, TypeError):
            return None
        return draft if draft.post == _fingerprint(post) else None

    def keep(self, token: str, draft: Draft) -> None:
        """Remember it; on disk when this returns."""
        self._context.memory.put(f"container {token}", json.dumps(asdict(draft)))

    def make(self, post: Post, token: str, fields: dict[str, str]) -> Draft:
        """A new one, kept. There is no post yet, so that no failure leaves it unknown."""
        with nothing_posted():
            answer = self._api.post("the container", f"{self._user}/threads", **fields)
            number = answer.text("id")
            if not re.fullmatch("[0-9]{1,40}", number):
                raise self._api.unreadable("the container")
        draft = Draft(_fingerprint(post), number)
        self.keep(token, draft)
        return draft

    def status(self, draft: Draft) -> str:
        """One of READY, OVER or PUBLISHED. Raises NotSent or Credentials."""
        return self._look(draft)[0]

    def wait_for(self, draft: Draft, token: str) -> None:
        """Until it can be published. One that failed is forgotten: the next try makes another."""
        waited = 0.0
        while (said := self._look(draft))[0] == "IN_PROGRESS":
            if waited >= self._context.deadline:
                raise NotSent(self._api.named("the container is still being worked on"), LATER)
            step = min(1.0 + waited, 5.0)
            self._pause(step)
            waited += step
        status, reason = said
        if status == "FINISHED":
            return
        message = f"{self._api.named('the container')}: {status} {reason}".rstrip()
        if draft.left or status == "PUBLISHED":
            raise OutcomeUnknown(message)
        self._context.memory.put(f"container {token}", "")
        raise (Rejected if reason.startswith("INVALID") else NotSent)(message)

    def _look(self, draft: Draft) -> tuple[str, str]:
        """Its status, and the error message that comes with it."""
        with reading():
            answer = self._api.get("the container", draft.id, fields="status,error_message")
        if isinstance(answer.data, dict) and "error" in answer.data:
            return "GONE", ""
        status = answer.text("status")
        if status not in READY | OVER | {"PUBLISHED"}:
            raise NotSent(self._api.named("the container's status could not be read"))
        return status, answer.text("error_message")


def _fingerprint(post: Post) -> str:
    return hashlib.sha256(json.dumps(post.to_json(), sort_keys=True).encode()).hexdigest()
