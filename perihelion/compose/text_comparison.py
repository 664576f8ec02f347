"""Whether two texts say the same."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from html import unescape

MIN_SIMILARITY = 0.95
"""How alike two texts must be for one to be the other with a typo corrected or markup rendered."""
_MENTION = re.compile(r"@[\w.-]+(?:@[\w.-]+)?")
_LINK = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[^\W\d_]{2,}(?:/\S*)?…?")


def is_same_text(one: str, other: str) -> bool:
    """Whether both read alike: servers respell white space and drop invisible characters."""
    return _visible_characters(one) == _visible_characters(other)


def has_same_letters(one: str, other: str) -> bool:
    """Whether both hold the same letters and digits: perhaps the same text, marked up."""
    return bool(_keep_letters(one)) and _keep_letters(one) == _keep_letters(other)


def reads_alike(one: str, other: str) -> bool:
    """Whether one is the other as some server shows it, to the letter and the number.

    Links and mentions, which servers shorten, and markup do not count.
    """
    left, right = (_keep_letters(_fold_text(text)) for text in (one, other))
    return left == right


def is_near_text(one: str, other: str) -> bool:
    """Whether one may be the other as some server shows it, or as somebody has corrected it.

    Servers shorten links and mentions, fold Unicode, render markup and escape characters; what
    remains of both must be almost the same letters and digits, and there must be some. A number
    may be missing from one of them, as that of a rendered list is; other numbers tell of another
    anniversary.
    """
    left, right = _fold_text(one), _fold_text(other)
    letters, others = _keep_letters(left), _keep_letters(right)
    numbers, rest = (Counter(re.findall(r"\d+", text)) for text in (left, right))
    if not (letters and others) or not (numbers <= rest or rest <= numbers):
        return False
    matcher = SequenceMatcher(None, letters, others, autojunk=False)
    return matcher.quick_ratio() >= MIN_SIMILARITY and matcher.ratio() >= MIN_SIMILARITY


def _fold_text(text: str) -> str:
    folded = unicodedata.normalize("NFKC", _drop_invisible(unescape(text))).casefold()
    return _LINK.sub("", _MENTION.sub("", folded))


def _visible_characters(text: str) -> str:
    normal = unicodedata.normalize("NFC", _drop_invisible(text))
    return "".join(c for c in normal if not c.isspace())


def _drop_invisible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def _keep_letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text) if c.isalnum())
