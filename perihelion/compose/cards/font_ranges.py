"""Which file of a card's font has a character, as the fonts' packages say (`unicode.json`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_RANGES: Final = {
    "latin": "0000-00FF 0131 0152-0153 02BB-02BC 02C6 02DA 02DC 2000-206F 20AC 2122 2191 2193 2212",
    "latin-ext": "0100-02BA 02BD-02C5 02C7-02CC 02CE-02D7 02DD-02FF 1E00-1E9F 1EF2-1EFF 20A0-20C0",
    "vietnamese": "01A0-01A1 01AF-01B0 0300-0301 0303-0304 0308-0309 0323 0329 1EA0-1EF9",
    "cyrillic": "0400-045F 0490-0491 04B0-04B1 2116",
    "greek": "0370-0377 037A-037F 0384-038A 038C 038E-03A1 03A3-03FF",
}


def find_missing_characters(text: str) -> str:
    """The characters of `text`, each once, that no file of the fonts has."""
    return "".join(dict.fromkeys(one for one in text if not find_font_file(one)))


@lru_cache(maxsize=4096)
def find_font_file(character: str) -> str:
    """The script whose file has a character; empty if none has."""
    point = ord(character)
    return next((name for name, ranges in _parse_ranges() if any(point in r for r in ranges)), "")


@lru_cache(maxsize=1)
def _parse_ranges() -> tuple[tuple[str, tuple[range, ...]], ...]:
    return tuple(
        (name, tuple(_parse_range(part) for part in written.split()))
        for name, written in _RANGES.items()
    )


def _parse_range(written: str) -> range:
    first, _, last = written.partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)
