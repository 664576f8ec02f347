"""What was sent, compared with what the account's timeline shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from perihelion.compose.text_comparison import is_near_text, reads_alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perihelion.model.deliveries import Delivery
    from perihelion.networks.base import PublishedPost


class Difference(StrEnum):
    """How the timeline differs from the ledger."""

    DELETED = "deleted"
    """The network had taken the post, and does not show it any more."""
    MISSING = "missing"
    """A person said that it was published, and it is not there."""
    EDITED = "edited"
    """It says something else than what was sent."""
    DOUBLED = "doubled"
    """It is there, and so is another post that says the same."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: the delivery's key, the post that shows it (or showed it), and in words."""

    difference: Difference
    key: str
    url: str
    text: str


def compare_with_timeline(
    sent: Sequence[Delivery], shown: Sequence[PublishedPost]
) -> list[Finding]:
    """Every difference between the deliveries that were `sent` and the posts that are `shown`.

    `shown` must reach back beyond the oldest of `sent`. A post is recognised by its id or address;
    or, as some servers give an edited post another id, by what it says.
    """
    by_name = {name: post for post in shown for name in _list_names(post)}
    found = {str(one.key): _find_by_name(one, by_name) for one in sent}
    taken = {post.receipt.id for post in found.values() if post}
    others = [post for post in shown if post.receipt.id not in taken]
    findings: list[Finding] = []
    for delivery in sent:
        findings += _compare_delivery(delivery, found[str(delivery.key)], others)
    return findings


def _list_names(post: PublishedPost) -> Iterator[str]:
    yield post.receipt.id
    if post.receipt.url:
        yield post.receipt.url


def _find_by_name(delivery: Delivery, by_name: dict[str, PublishedPost]) -> PublishedPost | None:
    names = (delivery.receipt_id, delivery.url)
    return next((by_name[name] for name in names if name in by_name), None)


def _compare_delivery(
    delivery: Delivery, post: PublishedPost | None, others: Sequence[PublishedPost]
) -> Iterator[Finding]:
    key, text = str(delivery.key), delivery.post.text if delivery.post else ""
    same = [one for one in others if text and reads_alike(one.text, text)]
    near = [one for one in others if text and is_near_text(one.text, text)]
    if post is None and not same and not near:
        yield _describe_absence(delivery)
        return
    at = post or (same or near)[0]
    url = at.receipt.url or at.receipt.id
    if text and not reads_alike(at.text, text):
        shows = " ".join(at.text.split())
        yield Finding(Difference.EDITED, key, url, f"it now says: {shows}")
    for copy in same:
        if copy is not at:
            where = copy.receipt.url or copy.receipt.id
            yield Finding(Difference.DOUBLED, key, url, f"{where} says the same")


def _describe_absence(delivery: Delivery) -> Finding:
    key, url = str(delivery.key), delivery.url or delivery.receipt_id or ""
    if delivery.receipt_id:
        text = "it was published, and the timeline does not show it any more"
        return Finding(Difference.DELETED, key, url, text)
    text = "the ledger calls it sent, but the timeline does not show it"
    return Finding(Difference.MISSING, key, url, text)
