"""Bytes that are no text: where they stand, and the file without them."""

from __future__ import annotations

import codecs
import re

from perihelion.model.source_location import Mistake, SourceLocation

MAX_UNREADABLE = 20
"""How many unreadable places are listed; a file with more is probably no text at all."""

# YAML 1.1, 5.1: the printable characters, as libyaml checks them, without the three that end a line
# for libyaml and for no editor. Undecodable bytes appear here as lone surrogates (surrogateescape),
# so that their line and column can be counted.
_UNREADABLE = re.compile("[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ODD_BREAKS = tuple(character.encode() for character in "\x85\u2028\u2029")
# Where YAML looks for indentation, or for the space after a colon, and an editor shows one.
_ODD_SPACE = re.compile("(?m)^(?P<start> *(?:- )?(?:\\w+:)?)(?P<odd> *[\xa0\ufeff][ \xa0\ufeff]*)")
_ODD_SPACE_NAMES = {
    "\xa0": "a no-break space (U+00A0); type an ordinary one",
    "\ufeff": "a byte order mark (U+FEFF), which belongs at the start of a file; remove it",
}
_FIRST_ESCAPE, _LAST_ESCAPE = 0xDC80, 0xDCFF


def is_utf16(data: bytes) -> bool:
    """Whether a byte order mark, or a zero beside each of two letters, says UTF-16 (or UTF-32)."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    return marked or data[:4:2] == b"\0\0" or data[1:4:2] == b"\0\0"


def has_odd_line_breaks(data: bytes) -> bool:
    """Whether libyaml would count more lines than an editor shows."""
    return any(line_break in data for line_break in _ODD_BREAKS)


def has_odd_spaces(data: bytes) -> bool:
    """Whether there may be spaces that YAML does not take for such."""
    return b"\xc2\xa0" in data or b"\xef\xbb\xbf" in data[3:]


def replace_odd_spaces(data: bytes, file: str) -> tuple[bytes, list[Mistake]]:
    """The file with ordinary spaces where lines are indented, and a mistake for each other one."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    mistakes = []
    for match in _ODD_SPACE.finditer(text):
        position = match.start("odd") + len(match["odd"]) - len(match["odd"].lstrip(" "))
        message = f"there is {_ODD_SPACE_NAMES[text[position]]}"
        mistakes.append(Mistake(_locate(text, position, file), "odd-space", message))
    text = _ODD_SPACE.sub(_make_ordinary, text)
    return text.encode("utf-8", "surrogateescape"), mistakes


def _make_ordinary(match: re.Match[str]) -> str:
    return match["start"] + match["odd"].replace("\ufeff", "").replace("\xa0", " ")


def replace_unreadable(data: bytes, file: str) -> tuple[bytes, list[Mistake]]:
    """The file with U+FFFD for all that is unreadable, and a mistake for each place."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    mistakes = []
    for match in _UNREADABLE.finditer(text):
        mistakes.append(_make_mistake(text, match.start(), file))
        if len(mistakes) == MAX_UNREADABLE:
            break
    return _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text).encode(), mistakes


def _make_mistake(text: str, position: int, file: str) -> Mistake:
    number = ord(text[position])
    location = _locate(text, position, file)
    if _FIRST_ESCAPE <= number <= _LAST_ESCAPE:
        byte = number - _FIRST_ESCAPE + 0x80
        return Mistake(location, "encoding", f"the byte 0x{byte:02X} is not UTF-8; save as UTF-8")
    return Mistake(location, "character", f"the character U+{number:04X} is not allowed; remove it")


def _locate(text: str, position: int, file: str) -> SourceLocation:
    line = text.count("\n", 0, position) + 1
    return SourceLocation(file, line, position - text.rfind("\n", 0, position))
