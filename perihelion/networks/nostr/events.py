"""Nostr's events: a post as a signed note of kind 1, and whether an event is genuine."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import LocalFault, Rejected
from perihelion.networks.nostr.keys import verify_signature
from perihelion.networks.shared.picture_fitting import read_picture_file

if TYPE_CHECKING:
    from perihelion.model.posts import Media, Post
    from perihelion.networks.nostr.keys import KeyPair

NOTE_KIND = 1
"""The kind of a short text note (NIP-01)."""
LABEL_NAMESPACE = "perihelion"
"""The namespace (NIP-32) of the label with a note's token, by which it is found again."""
_UNSAFE_CHARACTERS = re.compile(r"[\x00-\x07\x0b\x0e-\x1f]")
"""NIP-01 leaves these as they are, JSON escapes them: clients disagree about the id."""

Event = dict[str, Any]


def make_note(
    post: Post, token: str, key: KeyPair, root: str | None = None, picture_url: str = ""
) -> Event:
    """The signed note for `post`; equal arguments give equal bytes.

    `root` is the note that began the thread of `post.reply_to`. `picture_url` is the public address
    of the post's picture. Raises LocalFault for a text without an unambiguous id, and Rejected for
    a `reply_to` that is not an event's id.
    """
    content = f"{post.text}\n\n{picture_url}" if picture_url else post.text
    if _UNSAFE_CHARACTERS.search(content):
        raise LocalFault("the text has control characters, which Nostr clients treat differently")
    created_at = int(datetime.fromisoformat(post.created_at).timestamp())
    tags = [
        *_make_thread_tags(post.reply_to, root, key.public),
        *(["t", tag.lower()] for tag in post.tags),
        *([_make_imeta_tag(post.picture, picture_url)] if post.picture else []),
        *_make_label_tags(post.language, token),
    ]
    event = {
        "pubkey": key.public,
        "created_at": created_at,
        "kind": NOTE_KIND,
        "tags": tags,
        "content": content,
    }
    number = event_id(event)
    return {"id": number, **event, "sig": key.sign(number)}


def event_id(event: Event) -> str:
    """The id of an event, computed from its content (NIP-01)."""
    names = ("pubkey", "created_at", "kind", "tags", "content")
    text = json.dumps([0, *(event[n] for n in names)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_genuine(event: object, author: str) -> bool:
    """Whether `event` is a complete note of `author`, with the right id and signature."""
    try:
        return (
            isinstance(event, dict)
            and event["pubkey"] == author
            and event["kind"] == NOTE_KIND
            and isinstance(event["content"], str)
            and type(event["created_at"]) is int
            and event["id"] == event_id(event)
            and verify_signature(author, event["id"], event["sig"])
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        return False


def shown_text(event: Event) -> str:
    """A genuine note's text without the address of its picture at the end."""
    text: str = event["content"]
    for tag in event["tags"]:
        if isinstance(tag, list) and tag[:1] == ["imeta"]:
            for field in tag[1:]:
                if isinstance(field, str) and field.startswith("url "):
                    text = text.removesuffix(f"\n\n{field[4:]}")
    return text


def find_token_label(event: Event) -> str | None:
    """The token in the label of a genuine note."""
    for tag in event["tags"]:
        match tag:
            case ["l", label, namespace] if namespace == LABEL_NAMESPACE:
                return str(label)
    return None


def _make_thread_tags(reply_to: str | None, root: str | None, author: str) -> list[list[str]]:
    """NIP-10's marked tags, without a relay: the relays may change between two tries."""
    if reply_to is None:
        return []
    if not re.fullmatch("[0-9a-f]{64}", reply_to):
        raise Rejected("the post to reply to is not on Nostr")
    if root in {None, reply_to}:
        return [["e", reply_to, "", "root", author], ["p", author]]
    return [
        ["e", str(root), "", "root", author],
        ["e", reply_to, "", "reply", author],
        ["p", author],
    ]


def _make_label_tags(language: str, token: str) -> list[list[str]]:
    """NIP-32's labels of the note itself; ISO 639-1 has codes of two letters only."""
    labels = [["L", LABEL_NAMESPACE], ["l", token, LABEL_NAMESPACE]]
    short = language.partition("-")[0].lower()
    if re.fullmatch("[a-z]{2}", short):
        labels += [["L", "ISO-639-1"], ["l", short, "ISO-639-1"]]
    return labels


def _make_imeta_tag(picture: Media, url: str) -> list[str]:
    """NIP-92's description of the picture. Raises LocalFault if the file is none."""
    file = read_picture_file(picture)
    return [
        "imeta",
        f"url {url}",
        f"m {file.media_type}",
        f"x {file.sha256}",
        f"dim {file.facts.width}x{file.facts.height}",
        f"alt {picture.alt}",
    ]
