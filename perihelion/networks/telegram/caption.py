"""A picture's caption on Telegram, with the picture's alt text where the account asks for it."""

from __future__ import annotations

import regex

from perihelion.compose.text_length import measure_length
from perihelion.model.posts import Counting, Limits

CAPTION_LENGTH = 1024
"""UTF-16 units of a caption (Bot API, sendPhoto)."""
MIN_ALT_LENGTH = 40
"""Units: with less room than this, what is left of an alt text would help nobody."""

_CAPTION_LIMITS = Limits(CAPTION_LENGTH, Counting.UTF16)
_GRAPHEME = regex.compile(r"\X")
_SEPARATOR = "\n\n"
_ELLIPSIS = "…"


def add_alt_text(text: str, alt: str) -> str:
    """The caption: `text`, and below it as much of `alt` as a caption has room for.

    The text is never shortened. An alt text that is too long ends in "…", behind a whole word.
    """
    room = CAPTION_LENGTH - measure_length(text, _CAPTION_LIMITS) - len(_SEPARATOR)
    fitting = (
        alt.strip()
        if measure_length(alt.strip(), _CAPTION_LIMITS) <= room
        else _shorten_alt(alt, room)
    )
    return f"{text}{_SEPARATOR}{fitting}" if fitting else text


def _shorten_alt(alt: str, room: int) -> str:
    if room < MIN_ALT_LENGTH:
        return ""
    kept, left = "", room - len(_ELLIPSIS)
    for cluster in _GRAPHEME.findall(alt.strip()):
        left -= measure_length(cluster, _CAPTION_LIMITS)
        if left < 0:
            break
        kept += cluster
    words = kept.rpartition(" ")[0]
    return (words if len(words) > len(kept) // 2 else kept).rstrip() + _ELLIPSIS
