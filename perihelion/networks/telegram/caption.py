"""A picture's caption on Telegram, with the picture's alt text where the account asks for it."""

from __future__ import annotations

import regex

from perihelion.compose.text_length import measure_length
from perihelion.model.posts import Counting, Limits

CAPTION = 1024
"""UTF-16 units of a caption (Bot API, sendPhoto)."""
LEAST = 40
"""Units: with less room than this, what is left of an alt text would help nobody."""

_UNITS = Limits(CAPTION, Counting.UTF16)
_CLUSTER = regex.compile(r"\X")
_GAP = "\n\n"
_MORE = "…"


def with_alt(text: str, alt: str) -> str:
    """The caption: `text`, and below it as much of `alt` as a caption has room for.

    The text is never shortened. An alt text that is too long ends in "…", behind a whole word.
    """
    room = CAPTION - measure_length(text, _UNITS) - len(_GAP)
    fitting = alt.strip() if measure_length(alt.strip(), _UNITS) <= room else _shortened(alt, room)
    return f"{text}{_GAP}{fitting}" if fitting else text


def _shortened(alt: str, room: int) -> str:
    if room < LEAST:
        return ""
    kept, left = "", room - len(_MORE)
    for cluster in _CLUSTER.findall(alt.strip()):
        left -= measure_length(cluster, _UNITS)
        if left < 0:
            break
        kept += cluster
    words = kept.rpartition(" ")[0]
    return (words if len(words) > len(kept) // 2 else kept).rstrip() + _MORE
