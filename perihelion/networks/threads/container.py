"""Threads' containers: a post is a container before it is published.

A container's id is saved before it is published, which happens once or not at all.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.errors import NotSent, OutcomeUnknown, PictureNotSent, Rejected
from perihelion.networks.shared.error_classification import (
    failures_as_not_sent,
    unknown_as_not_sent,
)
from perihelion.networks.shared.json_values import get_object, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.posts import Post
    from perihelion.networks.base import Context
    from perihelion.networks.threads.graph_api import GraphApi

RETRY_DELAY = timedelta(seconds=30)
"""How long to wait for a container that is not ready, as Meta advises."""
READY_STATUSES = frozenset({"FINISHED", "IN_PROGRESS"})
DEAD_STATUSES = frozenset({"EXPIRED", "ERROR", "GONE"})
"""A container that can no longer be published. GONE is ours: the API does not have it."""
_FAILURES = {"INVALID": Rejected, "FAILED": PictureNotSent}
"""The first word of what is wrong with a container: its picture cannot be used, or be fetched."""


@dataclass(frozen=True, slots=True)
class PostContainer:
    """A container for the post whose hash is `post`.

    `left`: the request that publishes it may have arrived. `receipt`: id and URL of the published
    post. `lost`: it cannot be published, whatever its status.
    """

    post: str
    id: str
    left: bool = False
    receipt: tuple[str, str | None] | None = None
    lost: bool = False


class ContainerStore:
    """The account's containers in its memory, by token, and on the server."""

    def __init__(self, context: Context, api: GraphApi, pause: Callable[[float], None]) -> None:
        self._context, self._api, self._pause = context, api, pause
        self._user = context.get_value("USER")

    def load_container(self, post: Post, token: str) -> PostContainer | None:
        """The container of an earlier try with the same post."""
        try:
            container = PostContainer(**parse_json(self._context.memory.get(f"container {token}")))
        except TypeError:
            return None
        return container if container.post == post.sha256 else None

    def save_container(self, token: str, container: PostContainer) -> None:
        """Save the container; it is on disk when this returns."""
        self._context.memory.put(f"container {token}", json.dumps(asdict(container)))

    def create_container(self, post: Post, token: str, fields: dict[str, str]) -> PostContainer:
        """Make and save a container. There is no post yet, so no outcome is unknown."""
        with unknown_as_not_sent():
            answer = self._api.post("the container", f"{self._user}/threads", **fields)
            number = answer.get_text("id")
            if not re.fullmatch("[0-9]{1,40}", number):
                raise answer.unreadable_error()
        container = PostContainer(post.sha256, number)
        self.save_container(token, container)
        return container

    def wait_until_ready(self, container: PostContainer, token: str) -> None:
        """Wait until it can be published. If it failed, the next try makes another."""
        waited = 0.0
        while (found := self.fetch_status(container))[0] == "IN_PROGRESS":
            if waited >= self._context.deadline:
                problem = "the container is still being processed by Threads"
                raise NotSent(self._api.http.label(problem), RETRY_DELAY)
            step = min(1.0 + waited, 5.0)
            self._pause(step)
            waited += step
        status, reason = found
        if status == "FINISHED":
            return
        message = f"{self._api.http.label('the container')}: {status} {reason}".rstrip()
        if container.left or status == "PUBLISHED":
            raise OutcomeUnknown(message)
        self._context.memory.put(f"container {token}", "")
        raise _FAILURES.get(reason.partition("_")[0], NotSent)(message)

    def fetch_status(self, container: PostContainer) -> tuple[str, str]:
        """Its status, and the error message with it. Raises NotSent or Credentials.

        The status is PUBLISHED, or one of READY_STATUSES or DEAD_STATUSES.
        """
        if container.lost:
            return "GONE", ""
        with failures_as_not_sent():
            answer = self._api.get("the container", container.id, fields="status,error_message")
        if "error" in get_object(answer.data):
            return "GONE", ""
        status = answer.get_text("status")
        if status not in READY_STATUSES | DEAD_STATUSES | {"PUBLISHED"}:
            raise NotSent(self._api.http.label("the container's status could not be read"))
        return status, answer.get_text("error_message")
