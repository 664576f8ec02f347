"""Which posts need an approval, and whether an approval is of these words."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from perihelion.model.approvals import (
    AWAITS_APPROVAL,
    FINGERPRINT_LENGTH,
    Requirement,
    Review,
    Verdict,
)

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.approvals import SignOff
    from perihelion.model.missions import Event, Translation
    from perihelion.model.posts import Post


def needs_approval(account: Account, event: Event) -> bool:
    """Whether a person has to approve what `account` posts about `event`."""
    return account.requires is Requirement.APPROVAL or event.review is Review.NEEDED


def describe_missing_approval(event: Event, words: str, latest: SignOff | None) -> str:
    """Why a post that needs an approval has none; empty if it has one.

    `words` is the hash of the post's words, `latest` the last verdict in the ledger about it. What
    was withdrawn there does not count in the schedule either.
    """
    if latest is not None and latest.verdict is Verdict.WITHDRAWN:
        return f"{AWAITS_APPROVAL}, as {latest.by} has withdrawn it"
    in_file = event.approved
    if in_file is not None and in_file.words == fingerprint_words(event):
        return ""
    if latest is not None:
        changed = f"{AWAITS_APPROVAL}, as its words have changed since {latest.by} approved them"
        return "" if latest.words == words else changed
    if in_file is not None:
        return f"{AWAITS_APPROVAL}, as its event has changed since {in_file.by} approved it"
    return AWAITS_APPROVAL


def hash_words(post: Post) -> str:
    """The hexadecimal SHA-256 of what readers will read: the texts and the pictures' words."""
    pictures = [["card" if one.is_card else one.name, one.alt, one.credit] for one in post.pictures]
    return _hash([post.title, post.text, post.link_title, pictures])


def fingerprint_words(event: Event) -> str:
    """Stands in the schedule for all that an event says, in every language, and for its date."""
    pictures = [[one.file, one.alt, one.credit] for one in event.pictures]
    links = [[link.url, link.title] for link in event.links]
    translated = [[name, _list_words(said), said.alts] for name, said in event.translations]
    moment = event.moment
    when = [str(moment.day), str(moment.instant or "")]
    said = [_list_words(event), pictures, links, event.tags, translated, when]
    return _hash(said)[:FINGERPRINT_LENGTH]


def _list_words(said: Event | Translation) -> list[object]:
    texts = [[one.text, one.count] for one in said.texts]
    sentences = [said.title, said.lead, said.text, said.short, said.long, said.now]
    return [*sentences, texts, said.parts, said.people]


def _hash(said: list[object]) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
