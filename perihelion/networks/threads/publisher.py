"""Publishing a container of Threads, which happens once or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.model.errors import Credentials, NotSent, OutcomeUnknown, PublishError, Rejected
from perihelion.model.posts import Receipt
from perihelion.networks.shared.rate_limits import TOO_MANY_REQUESTS
from perihelion.networks.threads.container import DEAD_STATUSES, READY_STATUSES, RETRY_DELAY
from perihelion.networks.threads.error_codes import is_container_lost

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.posts import Post
    from perihelion.networks.threads.container import ContainerStore, PostContainer
    from perihelion.networks.threads.graph_api import GraphApi


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes the containers of the account `user`; `find` looks its post up in its own list."""

    api: GraphApi
    user: str
    containers: ContainerStore
    find: Callable[[Post, str], Receipt | None]

    def check_earlier_try(
        self, container: PostContainer, post: Post, token: str
    ) -> tuple[str, Receipt | None]:
        """The container's status, and the post if it was published; None if certainly not."""
        status, _reason = self.containers.fetch_status(container)
        return status, self._find_by_status(status, container, post, token)

    def publish(self, container: PostContainer, post: Post, token: str) -> Receipt:
        """Publish the container: the one request that makes the post."""
        self.containers.wait_until_ready(container, token)
        left = replace(container, left=True)
        self.containers.save_container(token, left)
        try:
            answer = self.api.publish_container(self.user, container.id)
        except (Rejected, Credentials, NotSent) as error:
            if isinstance(error, Credentials) or self._is_surely_unpublished():
                self.containers.save_container(token, container)
                raise
            return self._find_despite_refusal(error, left, post, token)
        if is_container_lost(answer.data):
            problem = f"{answer.what}: its container is lost; the next try makes another"
            lost = replace(left, lost=True)
            return self._find_despite_refusal(NotSent(problem, RETRY_DELAY), lost, post, token)
        number = answer.require_text("id")
        receipt = Receipt(number, self._get_permalink(number))
        return self._save_receipt(left, token, receipt)

    def _is_surely_unpublished(self) -> bool:
        """Whether the last request never left, or was refused before Threads looked at it."""
        return self.api.http.last_status in {None, TOO_MANY_REQUESTS}

    def _find_despite_refusal(
        self, error: PublishError, container: PostContainer, post: Post, token: str
    ) -> Receipt:
        """The post, if its container was published although the request was refused.

        Raises `error` if the container is not published yet, and OutcomeUnknown if nobody knows.
        """
        try:
            status, _reason = self.containers.fetch_status(replace(container, lost=False))
        except PublishError:
            raise error from None
        try:
            found = self._find_by_status(status, container, post, token)
        except NotSent as other:
            raise OutcomeUnknown(f"{error}; its container is {status}, but: {other}") from other
        if found is None and status in DEAD_STATUSES:
            raise OutcomeUnknown(f"{error}; its container is {status}") from error
        if found is None:
            self.containers.save_container(token, container)
            raise error
        return found

    def _find_by_status(
        self, status: str, container: PostContainer, post: Post, token: str
    ) -> Receipt | None:
        if status in READY_STATUSES or not (container.left or status == "PUBLISHED"):
            return None
        found = self.find(post, token)
        if found is None and status == "PUBLISHED":
            label = self.api.http.label("the post is published, but not listed yet")
            raise OutcomeUnknown(label)
        return self._save_receipt(container, token, found) if found else None

    def _save_receipt(self, container: PostContainer, token: str, receipt: Receipt) -> Receipt:
        kept = replace(container, left=True, receipt=(receipt.id, receipt.url))
        self.containers.save_container(token, kept)
        return receipt

    def _get_permalink(self, post_id: str) -> str | None:
        """The post's address, or None: the post exists even if its address cannot be read."""
        if not re.fullmatch("[0-9]{1,40}", post_id):
            return None
        try:
            answer = self.api.get("the post's address", post_id, fields="permalink")
        except PublishError:
            return None
        return answer.get_text("permalink") or None
