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
from perihelion.networks.shared.error_classification import (
    failures_as_not_sent,
    unknown_as_not_sent,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.posts import Post
    from perihelion.networks.base import Context
    from perihelion.networks.threads.graph_api import GraphApi

RETRY_DELAY = timedelta(seconds=30)
"""How long Meta advises to wait for a container that is not ready."""
READY_STATUSES = frozenset({"FINISHED", "IN_PROGRESS"})
DEAD_STATUSES = frozenset({"EXPIRED", "ERROR", "GONE"})
"""It will never be published. GONE is ours: the API knows no such container."""


@dataclass(frozen=True, slots=True)
class PostContainer:
    """A container for the post with the fingerprint `post`.

    `left`: the request that publishes it may have arrived. `receipt`: id and URL once it has.
    """

    post: str
    id: str
    left: bool = False
    receipt: tuple[str, str | None] | None = None


class ContainerStore:
    """The account's containers, by token, in its memory and on the server."""

    def __init__(self, context: Context, api: GraphApi, pause: Callable[[float], None]) -> None:
        self._context, self._api, self._pause = context, api, pause
        self._user = context.get_value("USER").strip()

    def load_container(self, post: Post, token: str) -> PostContainer | None:
        """The container of an earlier try at this very post."""
        try:
            container = PostContainer(
                **json.loads(self._context.memory.get(f"container {token}") or "")
            )
        except (ValueError, TypeError):
            return None
        return container if container.post == _hash_post(post) else None

    def save_container(self, token: str, container: PostContainer) -> None:
        """Remember it; on disk when this returns."""
        self._context.memory.put(f"container {token}", json.dumps(asdict(container)))

    def create_container(self, post: Post, token: str, fields: dict[str, str]) -> PostContainer:
        """A new one, kept. There is no post yet, so that no failure leaves it unknown."""
        with unknown_as_not_sent():
            answer = self._api.post("the container", f"{self._user}/threads", **fields)
            number = answer.get_text("id")
            if not re.fullmatch("[0-9]{1,40}", number):
                raise self._api.unreadable_error("the container")
        container = PostContainer(_hash_post(post), number)
        self.save_container(token, container)
        return container

    def get_status(self, container: PostContainer) -> str:
        """One of READY, OVER or PUBLISHED. Raises NotSent or Credentials."""
        return self._fetch_status(container)[0]

    def wait_until_ready(self, container: PostContainer, token: str) -> None:
        """Until it can be published. One that failed is forgotten: the next try makes another."""
        waited = 0.0
        while (said := self._fetch_status(container))[0] == "IN_PROGRESS":
            if waited >= self._context.deadline:
                raise NotSent(
                    self._api.with_account_name("the container is still being worked on"),
                    RETRY_DELAY,
                )
            step = min(1.0 + waited, 5.0)
            self._pause(step)
            waited += step
        status, reason = said
        if status == "FINISHED":
            return
        message = f"{self._api.with_account_name('the container')}: {status} {reason}".rstrip()
        if container.left or status == "PUBLISHED":
            raise OutcomeUnknown(message)
        self._context.memory.put(f"container {token}", "")
        raise (Rejected if reason.startswith("INVALID") else NotSent)(message)

    def _fetch_status(self, container: PostContainer) -> tuple[str, str]:
        """Its status, and the error message that comes with it."""
        with failures_as_not_sent():
            answer = self._api.get("the container", container.id, fields="status,error_message")
        if isinstance(answer.data, dict) and "error" in answer.data:
            return "GONE", ""
        status = answer.get_text("status")
        if status not in READY_STATUSES | DEAD_STATUSES | {"PUBLISHED"}:
            raise NotSent(self._api.with_account_name("the container's status could not be read"))
        return status, answer.get_text("error_message")


def _hash_post(post: Post) -> str:
    return hashlib.sha256(json.dumps(post.to_json(), sort_keys=True).encode()).hexdigest()
