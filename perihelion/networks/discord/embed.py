"""A post as an embed, and the text of a message, whichever way it was made. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from perihelion.networks.base import Option
from perihelion.networks.shared.json_values import get_list, get_text

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.posts import Post

LAYOUT = Option("layout", ("embed", "text"), "how posts look; default: embed with a webhook")
MAX_TITLE_UNITS = 256
"""UTF-16 units of an embed's title; Discord counts characters, of which there are no more."""
COLOUR = 0xFFD67A
"""The stripe next to the text. A memorial has none."""
_PARTS = ("title", "description")
_CLOCK = re.compile(r"\n*-# <t:-?[0-9]+:f>\s*$")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")
"""File names that Discord keeps as they are, so that an embed can refer to them."""


def uses_embed(account: Account, *, is_usual: bool) -> bool:
    """Whether the account's posts are embeds: `is_usual` decides where no option does."""
    usual = "embed" if is_usual and account.get_option("embeds") != "off" else "text"
    return account.get_option(LAYOUT.name, usual) == "embed"


def make_embed(post: Post, file_names: list[str]) -> dict[str, Any]:
    """The first paragraph as title, the rest below it, then the moment by the reader's own clock.

    A single picture is part of it, with its alt text; several stay outside it.
    """
    title, _, rest = post.text.partition("\n\n")
    if not rest or len(title.encode("utf-16-le")) // 2 > MAX_TITLE_UNITS or "\n" in title:
        title, rest = "", post.text
    embed: dict[str, Any] = {"title": title} if title else {}
    embed["description"] = rest + _make_clock(post.moment)
    if not post.is_memorial:
        embed["color"] = COLOUR
    if len(file_names) == 1 and _PLAIN_NAME.fullmatch(file_names[0]):
        alt = post.pictures[0].alt
        embed["image"] = {"url": f"attachment://{file_names[0]}", "description": alt}
    return embed


def read_text(message: dict[str, Any]) -> str:
    """What a message says: its content, or otherwise its embed without the clock."""
    content = get_text(message, "content")
    if content:
        return content
    parts = [get_text(one, name) for one in get_list(message, "embeds") for name in _PARTS]
    return _CLOCK.sub("", "\n\n".join(filter(None, parts)))


def _make_clock(moment: str) -> str:
    """A line that each reader sees in their own language, zone and clock; empty without moment."""
    return f"\n\n-# <t:{int(datetime.fromisoformat(moment).timestamp())}:f>" if moment else ""
