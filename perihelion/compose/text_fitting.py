"""From alternative wordings to the text that a network takes. Nothing is ever cut."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import regex

from perihelion.compose.parts import fit_wording
from perihelion.compose.text_length import measure_against_limit
from perihelion.model.errors import CompositionError, TextTooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perihelion.model.posts import Limits

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_SPACES = re.compile(r"[ \t]{2,}|\t")
_AROUND_BREAK = re.compile(r" \n ?|\n ")
_BLANK_LINES = re.compile(r"\n{3,}")
_CLUSTER = regex.compile(r"\X")
_ELLIPSIS = "…"


@lru_cache(256)  # most networks are told the same
def normalize_text(text: str) -> str:
    """NFC, no control characters, single spaces, at most one blank line in a row, none around."""
    text = unicodedata.normalize("NFC", _CONTROLS.sub("", text))
    text = _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def shorten_text(text: str, room: int, measure: Callable[[str], int] = len) -> str:
    """`text` if it has at most `room`, else its beginning up to a whole word, and "…"."""
    if measure(text) <= room:
        return text
    kept, left = "", room - measure(_ELLIPSIS)
    for cluster in _CLUSTER.findall(text):
        left -= measure(cluster)
        if left < 0:
            break
        kept += cluster
    words = kept.rpartition(" ")[0]
    return (words if len(words) > len(kept) // 2 else kept).rstrip() + _ELLIPSIS


def select_longest_fitting(
    wordings: Iterable[str],
    limits: Limits,
    *,
    with_picture: bool,
    subject: str,
    tidy: Callable[[str], str] = normalize_text,
) -> str:
    """The first of `wordings` (longest first) that `limits` take, tidied.

    A wording gives up its parts before the next one is tried. Raises TextTooLong if none fits, and
    CompositionError if none says anything; `subject` names the post in both.
    """
    measured: list[tuple[int, int]] = []

    def fits(text: str) -> str | None:
        said = tidy(text)
        if not said:
            return None
        count, limit = measure_against_limit(said, limits, with_picture=with_picture)
        if count <= limit:
            return said
        measured.append((count, limit))
        return None

    for wording in wordings:
        fitting = fit_wording(wording, fits)
        if fitting is not None:
            return fitting
    if not measured:
        raise CompositionError(f"{subject}: its template is empty; add a wording")
    raise TextTooLong(subject, *min(measured))
