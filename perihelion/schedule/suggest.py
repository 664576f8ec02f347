"""What was probably meant, and how to quote what was written."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

_LONGEST_GUESS = 60
_LONGEST_QUOTE = 60


@lru_cache(maxsize=1024)
def nearest(word: str, choices: tuple[str, ...]) -> str | None:
    """The choice that `word` is most probably a slip of, or None. Case does not matter."""
    if len(word) > _LONGEST_GUESS:
        return None
    by_lower = {choice.lower(): choice for choice in choices}
    found = get_close_matches(word.lower(), by_lower, 1)
    return by_lower[found[0]] if found else None


def instead(word: str, choices: tuple[str, ...]) -> str:
    """The end of a message: the probable choice, or all of them."""
    guess = nearest(word, choices)
    if guess:
        return f"did you mean `{guess}`?"
    return "use one of " + ", ".join(f"`{choice}`" for choice in choices)


def quote(text: str) -> str:
    """`text` in backticks, on one line, shortened, with nothing invisible in it."""
    short = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    visible = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in short)
    return f"`{visible}`"
