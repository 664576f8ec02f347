"""What one account will say, and what its network allows."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Counting(StrEnum):
    """How a network counts the length of a text."""

    CODEPOINTS = "codepoints"
    """Unicode code points (what speaks Mastodon's API, where nothing else is known)."""
    GRAPHEMES = "graphemes"
    """Extended grapheme clusters (Bluesky, Mastodon itself)."""
    WEIGHTED = "weighted"
    """twitter-text v3 weights: links 23, emoji 2, CJK 2 (X)."""
    UTF16 = "utf16"
    """UTF-16 code units (Telegram, Discord)."""
    THREADS = "threads"
    """Code points, but an emoji counts as its UTF-8 bytes (Threads)."""


class MentionSyntax(StrEnum):
    """What a network takes for a mention, which notifies somebody, in the text of a post."""

    NONE = "none"
    """Nothing: mentions are marked up beside the text, or turned off (Bluesky, Nostr, Discord)."""
    MASTODON = "mastodon"
    """@name and @name@server, in links too (Mastodon and servers with its API)."""
    X = "x"
    """twitter-text's rules (X)."""
    TELEGRAM = "telegram"
    """@name of 2 to 32 letters, digits and underscores, after no letter (Telegram)."""
    ANY = "any"
    """Whatever follows an at-sign, also in an e-mail address: where nothing is known (Threads)."""


_NUMBER = re.compile(r"\d+")
_FOLDERS = re.compile(r".*[/\\]")
_NAME_LENGTH = 16
"""Of a card's name: as much of its SHA-256."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a network takes. Lengths are in `counting` units; `picture_bytes` in bytes.

    With `url_length` each link counts as that many, and of a mention @user@host only @user, as
    Mastodon counts them.
    """

    length: int
    counting: Counting = Counting.CODEPOINTS
    url_length: int | None = None
    max_bytes: int | None = None
    pictures: int = 1
    alt_length: int = 1500
    picture_bytes: int = 5_000_000
    picture_formats: tuple[str, ...] = ("JPEG", "PNG")
    """By Pillow's names."""
    picture_pixels: int | None = None
    """Width times height."""
    picture_sides: int | None = None
    """Width plus height."""
    picture_ratio: int | None = None
    """The longer side over the shorter one."""
    picture_min_side: int = 1
    """Of the shorter side, in pixels."""
    fetches_pictures: bool = False
    """Whether the network fetches a picture's file itself, so that it cannot be made to fit."""
    square_pictures: bool = False
    """Whether a square picture is shown larger than a wide one."""
    caption_length: int | None = None
    """A lower limit for the text of a post with a picture, where the network has one."""
    links_cost: bool = False
    """Whether a link makes a post dearer, so that accounts have none unless they ask for it."""
    several_tags: bool = True
    """Whether a post should have more than one tag."""
    replies: bool = True
    """Whether a post can answer another one."""
    shows_link_cards: bool = False
    """Whether it shows a link as a card that the post must bring along."""
    shows_moments: bool = False
    """Whether posts are shown as embeds, with the moment by each reader's own clock."""
    mentions: MentionSyntax = MentionSyntax.ANY
    """What must not stand in a text unless the event wants it."""

    def length_for(self, *, with_picture: bool) -> int:
        """The limit that holds for a text with or without a picture."""
        if with_picture and self.caption_length is not None:
            return self.caption_length
        return self.length


@dataclass(frozen=True, slots=True)
class Media:
    """A picture to publish: an absolute or working-directory-relative `file`, and its alt text.

    A card has no file. It is known by the `sha256` of its bytes, which the ledger keeps.
    """

    file: str
    alt: str
    credit: str = ""
    focus: str = ""
    """As in the schedule: "x, y" from -1 (left, bottom) to 1 (right, top), or empty."""
    sha256: str = ""
    data: bytes | None = field(default=None, repr=False, compare=False)
    """A card's bytes; they are not part of the post's JSON."""

    @property
    def is_card(self) -> bool:
        """Whether it was drawn for this post."""
        return not self.file

    @property
    def name(self) -> str:
        """What its file is called on the network."""
        return f"{self.sha256[:_NAME_LENGTH]}.jpg" if self.is_card else _FOLDERS.sub("", self.file)

    def to_json(self) -> dict[str, str]:
        """A plain JSON object; that of a picture with a file is the same as before cards."""
        same = {"file": self.file, "alt": self.alt, "credit": self.credit, "focus": self.focus}
        return same | ({"sha256": self.sha256} if self.sha256 else {})


def hash_text(text: str) -> str:
    """The hexadecimal SHA-256 of a text without its numbers: "12 years ago" is "11 years ago"."""
    return hashlib.sha256(_NUMBER.sub("0", text).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Post:
    """The exact thing to publish. Kept in the ledger, byte for byte, before any request leaves.

    `text` is complete: links and hashtags stand in it; `links` and `tags` repeat them for the
    networks that mark them up. `created_at` is an ISO 8601 UTC instant with a Z, fixed once.
    """

    text: str
    language: str
    created_at: str
    links: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pictures: tuple[Media, ...] = ()
    reply_to: str | None = None
    """The receipt id of the post this one answers."""
    key: str = ""
    """The delivery's key as text, for networks that can keep it with the post (`local`)."""
    title: str = ""
    """The event's title on one line, for networks whose posts have one, apart from their text."""
    link_title: str = ""
    """What the first link leads to, for networks that show it as a card."""
    is_memorial: bool = False
    """Whether it remembers people who died, for networks that mark that."""
    moment: str = ""
    """When the event was, as `created_at`, where the network shows it by the reader's own clock."""

    @property
    def picture(self) -> Media | None:
        """The first picture, for networks that take one."""
        return self.pictures[0] if self.pictures else None

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of the post's JSON: the same for equal posts."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """A plain JSON object; `from_json` gives the same post back.

        Programs that knew one picture read `picture`, and may run beside this one; to the others
        a post with no more than one, and with nothing that is newer, is the same to the byte.
        """
        pictures = [one.to_json() for one in self.pictures]
        return {
            "text": self.text,
            "language": self.language,
            "created_at": self.created_at,
            "links": list(self.links),
            "tags": list(self.tags),
            "picture": pictures[0] if pictures else None,
            "reply_to": self.reply_to,
            "key": self.key,
            **({"pictures": pictures} if len(pictures) > 1 else {}),
            **({"title": self.title} if self.title else {}),
            **({"link_title": self.link_title} if self.link_title else {}),
            **({"is_memorial": True} if self.is_memorial else {}),
            **({"moment": self.moment} if self.moment else {}),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Post:
        """Rebuild a post that `to_json` wrote, also that of an older program.

        Older programs knew one picture, and neither titles nor memorials nor moments.
        """
        pictures = data.get("pictures") or [data["picture"]]
        return cls(
            text=data["text"],
            language=data["language"],
            created_at=data["created_at"],
            links=tuple(data["links"]),
            tags=tuple(data["tags"]),
            pictures=tuple(Media(**one) for one in pictures if one),
            reply_to=data["reply_to"],
            key=data.get("key", ""),
            title=data.get("title", ""),
            link_title=data.get("link_title", ""),
            is_memorial=data.get("is_memorial", False),
            moment=data.get("moment", ""),
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the network calls the published post: its id, and its public URL if it has one."""

    id: str
    url: str | None = None
