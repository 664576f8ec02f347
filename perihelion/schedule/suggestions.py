"""What was probably meant, and how to quote what was written."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

_MAX_GUESS_LENGTH = 60
_MAX_QUOTE_LENGTH = 60


@lru_cache(maxsize=1024)
def find_closest_match(word: str, choices: tuple[str, ...]) -> str | None:
    """The choice that `word` is most probably a slip of, or None. Case does not matter."""
    if len(word) > _MAX_GUESS_LENGTH:
        return None
    by_lower = {choice.lower(): choice for choice in choices}
    found = get_close_matches(word.lower(), by_lower, 1)
    return by_lower[found[0]] if found else None


def suggest_choice(word: str, choices: tuple[str, ...]) -> str:
    """The end of a message: the probable choice, or all of them."""
    guess = find_closest_match(word, choices)
    if guess:
        return f"did you mean `{guess}`?"
    return "use one of " + ", ".join(f"`{choice}`" for choice in choices)


def quote_text(text: str) -> str:
    """`text` in backticks, on one line, shortened, with nothing invisible in it."""
    short = text if len(text) <= _MAX_QUOTE_LENGTH else text[: _MAX_QUOTE_LENGTH - 1] + "…"
    visible = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in short)
    return f"`{visible}`"
