"""What a server with Mastodon's API is, in words for `doctor`, and what that means for posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perihelion.model.posts import Limits
    from perihelion.networks.mastodon.instance import Instance


@dataclass(frozen=True, slots=True)
class Software:
    """What is known of one kind of server: its name, whether it edits posts, and what else."""

    name: str
    edits: str = "a published post can be edited"
    others: tuple[str, ...] = ()


_UNKNOWN_EDITS = "whether a published post can be edited is not known: `correct --reply` works"

KNOWN_SOFTWARE = {
    "mastodon": Software("Mastodon"),
    "hometown": Software("Hometown"),
    "fedibird": Software("Fedibird"),
    "gotosocial": Software(
        "GoToSocial",
        others=(
            "an account whose format is Markdown changes what a post shows: choose plain text",
            "HTML is taken out of alt texts",
        ),
    ),
    "pleroma": Software("Pleroma"),
    "akkoma": Software("Akkoma"),
    "friendica": Software("Friendica", _UNKNOWN_EDITS),
    "pixelfed": Software(
        "Pixelfed",
        _UNKNOWN_EDITS,
        ("old versions do not show older posts, so that a post in doubt may be held",),
    ),
    "takahe": Software(
        "Takahe", _UNKNOWN_EDITS, ("it keeps neither a post's language nor a picture's focus",)
    ),
    "snac": Software(
        "snac",
        "a published post can be edited, and then has another id, which the ledger keeps",
        ("it keeps no post's language", "it takes posts of any length"),
    ),
}
"""By the name in nodeinfo. GoToSocial, Takahe and snac as real servers behaved; the edits of
GoToSocial, Pleroma and Akkoma by their documentation."""


def describe_server(known: Instance) -> tuple[str, ...]:
    """What was found, and what it means for repeats, edits, lengths and alt texts; a line each."""
    if not known.answered:
        doubt = "the server does not say what it is, so posts in doubt are looked up"
        return (doubt, "Mastodon's usual limits are assumed")
    software = KNOWN_SOFTWARE.get(known.software, Software(known.software, _UNKNOWN_EDITS))
    keys = (
        "it keeps each post's key for an hour; after that, a post in doubt is looked up"
        if known.keeps_keys
        else "it is not known to keep keys, so a post in doubt is always looked up"
    )
    found = f"{software.name} {known.version}".strip()
    return (found, keys, software.edits, _describe_limits(known.limits), *software.others)


def _describe_limits(limits: Limits) -> str:
    links = f"a link counts {limits.url_length}" if limits.url_length else "links count in full"
    return f"up to {limits.length} characters ({links}), alt texts up to {limits.alt_length}"
