"""What is one emoji: the sequences that a reader sees as a single picture (UTS #51)."""

from __future__ import annotations

import regex

_PICTOGRAPH = r"[[\p{Emoji}\p{Extended_Pictographic}]--[0-9#*]]"
_ELEMENT = rf"{_PICTOGRAPH}(?:\p{{Emoji_Modifier}}|\uFE0F)?"

EMOJI = regex.compile(
    rf"""
      \p{{RI}}\p{{RI}}                                      # a flag
    | [0-9#*]\uFE0F?\u20E3                                  # a keycap
    | \U0001F3F4[\U000E0020-\U000E007E]+\U000E007F          # the flag of a region
    | {_ELEMENT}(?:\u200D{_ELEMENT})*                       # one picture, or several joined
    """,
    regex.VERBOSE | regex.VERSION1,
)
"""Matches one emoji: by Unicode's properties, not a list, so that next year's emoji count too."""
