"""Nostr's events: a post as a signed note of kind 1, and whether an event is what it says."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import Rejected
from perihelion.networks.nostr.keys import verify_signature

if TYPE_CHECKING:
    from perihelion.model.posts import Media, Post
    from perihelion.networks.nostr.keys import KeyPair

NOTE_KIND = 1
"""The kind of a short text note (NIP-01)."""
LABEL_NAMESPACE = "perihelion"
"""The namespace (NIP-32) in which a note is labelled with its token, so that it is found again."""
_UNSAFE_CHARACTERS = re.compile(r"[\x00-\x07\x0b\x0e-\x1f]")
"""NIP-01 wants these as they are, JSON wants them escaped: clients disagree about the id."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture and the address where all can fetch it."""

    picture: Media
    url: str


def make_note(
    post: Post,
    token: str,
    key: KeyPair,
    root: str | None = None,
    attachment: Attachment | None = None,
) -> Event:
    """The signed note for `post`: equal bytes for equal arguments.

    `root` is the note that began the thread of `post.reply_to`. Raises Rejected for a text that
    has no certain id, and for a `reply_to` that names no event.
    """
    content = f"{post.text}\n\n{attachment.url}" if attachment else post.text
    if _UNSAFE_CHARACTERS.search(content):
        raise Rejected("the text has control characters, which Nostr does not carry safely")
    created_at = int(datetime.fromisoformat(post.created_at).timestamp())
    tags = [
        *_make_thread_tags(post.reply_to, root, key.public),
        *(["t", tag.lower()] for tag in post.tags),
        *([_make_imeta_tag(attachment)] if attachment else []),
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
    """The id that follows from an event's content (NIP-01)."""
    names = ("pubkey", "created_at", "kind", "tags", "content")
    said = json.dumps([0, *(event[n] for n in names)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def is_genuine(event: object, author: str) -> bool:
    """Whether `event` is a whole note of `author`, with the right id and signature."""
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
    """A genuine note's text as it was before its picture's address was put behind it."""
    text: str = event["content"]
    for tag in event["tags"]:
        if isinstance(tag, list) and tag[:1] == ["imeta"]:
            for field in tag[1:]:
                if isinstance(field, str) and field.startswith("url "):
                    text = text.removesuffix(f"\n\n{field[4:]}")
    return text


def find_token_label(event: Event) -> str | None:
    """The token that a genuine note of ours is labelled with."""
    for tag in event["tags"]:
        if isinstance(tag, list) and tag[:1] == ["l"] and tag[2:] == [LABEL_NAMESPACE]:
            return str(tag[1])
    return None


def _make_thread_tags(reply_to: str | None, root: str | None, author: str) -> list[list[str]]:
    """NIP-10's marked tags. They name no relay: the list may change between two tries."""
    if reply_to is None:
        return []
    if not re.fullmatch("[0-9a-f]{64}", reply_to):
        raise Rejected("the post to answer is no Nostr event")
    if root in {None, reply_to}:
        return [["e", reply_to, "", "root", author], ["p", author]]
    return [
        ["e", str(root), "", "root", author],
        ["e", reply_to, "", "reply", author],
        ["p", author],
    ]


def _make_label_tags(language: str, token: str) -> list[list[str]]:
    """NIP-32's labels of the note itself; ISO 639-1 knows languages of two letters only."""
    labels = [["L", LABEL_NAMESPACE], ["l", token, LABEL_NAMESPACE]]
    short = language.partition("-")[0].lower()
    if re.fullmatch("[a-z]{2}", short):
        labels += [["L", "ISO-639-1"], ["l", short, "ISO-639-1"]]
    return labels


def _make_imeta_tag(attachment: Attachment) -> list[str]:
    """NIP-92's description of the picture. Raises Rejected where the file is no picture."""
    path = Path(attachment.picture.file)
    kind = guess_type(path.name)[0] or "application/octet-stream"
    width, height = _read_size(path)
    return [
        "imeta",
        f"url {attachment.url}",
        f"m {kind}",
        f"x {hashlib.sha256(path.read_bytes()).hexdigest()}",
        f"dim {width}x{height}",
        f"alt {attachment.picture.alt}",
    ]


def _read_size(path: Path) -> tuple[int, int]:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - heavy, and only pictures need it

    try:
        with Image.open(path) as image:
            return image.size
    except (UnidentifiedImageError, OSError) as error:
        raise Rejected(f"the picture {path} cannot be read") from error
