"""The texts of schedule.yaml that must be well-formed: ids, names, links, tags, paths."""

from __future__ import annotations

from perihelion.schedule.guesses import (
    guess_handle,
    guess_id,
    guess_language,
    guess_path,
    guess_tag,
    guess_url,
)
from perihelion.schedule.scalar_types import PatternType

_KEBAB = r"[a-z0-9]+(?:-[a-z0-9]+)*"
SHIPPED_KINDS = (
    "accident",
    "end-of-mission",
    "event",
    "flyby",
    "impact",
    "landing",
    "launch",
    "orbit-insertion",
    "reentry",
    "sample-return",
)
"""Editors offer these; a templates folder may well have more."""
_HOST = r"(?:[^\s/?#@:\[\]<>\"]+|\[[0-9A-Fa-f:.]+\])"

ID = PatternType(
    "bad-id", "lower-case letters, digits and hyphens, such as year-in-space", _KEBAB, guess_id
)
NAME = PatternType(
    "bad-name", "lower-case letters, digits and hyphens, such as bluesky-de", _KEBAB, guess_id
)
NETWORK = PatternType(
    "bad-name",
    "a network's name in lower case, such as mastodon",
    _KEBAB,
    guess_id,
    examples=("local", "mastodon", "bluesky", "nostr", "telegram", "threads", "discord", "x"),
)
KIND = PatternType(
    "bad-kind",
    "a word in lower case, such as launch or moon-landing",
    _KEBAB,
    guess_id,
    examples=SHIPPED_KINDS,
)
LANGUAGE = PatternType(
    "bad-language",
    "a language tag such as en, de or pt-BR",
    r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*",
    guess_language,
)
OPTION = PatternType("bad-option", "an option's name, such as visibility", r"[a-z][a-z0-9_-]*")
URL = PatternType(
    "bad-url",
    "a link such as https://www.esa.int/ (or http://), without spaces or a user's name",
    rf"[Hh][Tt][Tt][Pp][Ss]?://{_HOST}(?::[0-9]{{1,5}})?(?:[/?#][^\s<>\"]*)?",
    guess_url,
)
_PATH = r"(?!.*(?:^|/)\.{1,2}(?:/|$))[^/\\:\x00-\x1f][^\\:\x00-\x1f]*(?<!/)"
FILE = PatternType(
    "bad-file", "a path below the schedule's own folder, such as media/kelly.jpg", _PATH, guess_path
)
INCLUDE = PatternType(
    "bad-include",
    "a path or pattern below the schedule's own folder, such as schedule/*.yaml",
    _PATH,
)
HANDLE = PatternType(
    "bad-mention",
    'a name with its @, in quotes, such as "@NASA" or "@nasa@example.social"',
    r"@[^\s@/,;:()]+(?:@[^\s@/,;:()]+)?",
    guess_handle,
)
_NUMBER = r"(?:-?(?:0(?:\.\d+)?|1(?:\.0+)?))"
FOCUS = PatternType(
    "bad-focus",
    'two numbers from -1 to 1, such as "0.0, -0.4" (x to the right, y up)',
    rf"{_NUMBER}\s*,\s*{_NUMBER}",
)
COORDINATES = PatternType(
    "bad-coordinates",
    'latitude and longitude in degrees, such as "28.6, -80.6" (north and east are positive)',
    r"-?(?:[1-8]?\d(?:\.\d+)?|90(?:\.0+)?)\s*,\s*-?(?:(?:1[0-7]\d|[1-9]?\d)(?:\.\d+)?|180(?:\.0+)?)",
)
# Networks end a hashtag at the first space or punctuation, and take none of digits alone.
TAG = PatternType(
    "bad-tag",
    "one word of letters, digits and _, without #, such as YearInSpace",
    r"(?![0-9]+$)[^\s\x00-\x2f:-@\[-\^`\{-\x9f\u2000-\u206f\u3000-\u303f]+",
    guess_tag,
)
