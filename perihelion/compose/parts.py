"""The parts of a wording that may be left out or said more shortly, and in which order that goes.

A template marks them with the filter `part`, named after one of `GIVEN_UP_FIRST`; in the rendered
text control characters, which no fact holds, stand around each part and between its versions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GIVEN_UP_FIRST: Final = (
    "more tags",
    "long text",
    "full names",
    "second tag",
    "link",
    "people",
    "tag",
    "mission",
    "time",
    "sentence",
    "story",
)
"""What a post that is too long gives up, in this order. All other text stays."""

_START, _NEXT, _END = "\x1c", "\x1f", "\x1d"
_MARKED = re.compile(f"{_START}([^{_START}{_END}]*){_END}")
_PLACES = {name: place for place, name in enumerate(GIVEN_UP_FIRST)}


def mark_part(text: object, name: str) -> str:
    """`text` as a part that is left out when its turn comes. Raises ValueError."""
    return mark_versions([(str(text), name)])


def mark_versions(versions: Iterable[tuple[str, str]]) -> str:
    """One part in several versions, the longest first, each with the name of what is given up.

    After the last one nothing is left of it. Raises ValueError for an unknown name, or a part
    within a part.
    """
    said = list(dict(versions).items())  # of equal versions, the one that stays longest
    for text, name in said:
        if name not in _PLACES:
            raise ValueError(f"there is no part {name!r}; choose one of {', '.join(_PLACES)}")
        if _START in text:
            raise ValueError(f"the part {name!r} holds another part; mark them one after the other")
    fields = [f"{_PLACES[name]}{_NEXT}{text}" for text, name in said if text.strip()]
    return f"{_START}{_NEXT.join(fields)}{_END}" if fields else ""


@dataclass(frozen=True, slots=True)
class _Part:
    """The versions of a part, longest first and at last nothing, and when each but that goes."""

    versions: tuple[str, ...]
    places: tuple[int, ...]


def fit_wording(wording: str, fits: Callable[[str], str | None]) -> str | None:
    """As much of `wording` as `fits` takes; None if not even the rest without parts does.

    `fits` returns the text as it would be posted, or None if that is too long. The parts are given
    up in their order; then what there is room for after all comes back, the most wanted first.
    """
    pieces, parts = _parse(wording)
    levels = [0] * len(parts)

    def try_levels() -> str | None:
        return fits(_join(pieces, parts, levels))

    given_up: list[int] = []
    fitting = try_levels()
    while fitting is None:
        index = _choose_next(parts, levels)
        if index is None:
            return None
        levels[index] += 1
        given_up.append(index)
        fitting = try_levels()
    for index in dict.fromkeys(reversed(given_up[:-1])):
        fitting = _restore(levels, index, try_levels) or fitting
    return fitting


def list_versions(wording: str) -> list[str]:
    """Every text that `wording` becomes as its parts are given up, the longest first."""
    seen: list[str] = []

    def note(text: str) -> None:
        seen.append(text)

    fit_wording(wording, note)
    return seen


def _parse(wording: str) -> tuple[list[str], list[_Part]]:
    """The fixed pieces, and the parts between them."""
    split = _MARKED.split(wording)
    return split[::2], [_read_part(fields) for fields in split[1::2]]


def _read_part(marked: str) -> _Part:
    fields = marked.split(_NEXT)
    return _Part((*fields[1::2], ""), tuple(map(int, fields[::2])))


def _join(pieces: list[str], parts: list[_Part], levels: list[int]) -> str:
    said = [pieces[0]]
    for piece, part, level in zip(pieces[1:], parts, levels, strict=True):
        said += (part.versions[level], piece)
    return "".join(said)


def _choose_next(parts: list[_Part], levels: list[int]) -> int | None:
    """The part whose turn it is, the last of several; None if none has anything left."""
    left = [
        (part.places[level], -index)
        for index, (part, level) in enumerate(zip(parts, levels, strict=True))
        if level < len(part.places)
    ]
    return -min(left)[1] if left else None


def _restore(levels: list[int], index: int, try_levels: Callable[[], str | None]) -> str | None:
    """The text with the longest version of a part that fits, if it is longer than now."""
    now = levels[index]
    for level in range(now):
        levels[index] = level
        fitting = try_levels()
        if fitting is not None:
            return fitting
    levels[index] = now
    return None
