"""JSON for programs that is printed as it is read, whatever its length."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from perihelion.service.console import encodes_unicode, format_iso, print_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_ITEMS_AT_ONCE = 500


def print_json_object(fields: Mapping[str, object]) -> None:
    """Print an object with these fields, indented for people.

    An iterator among them becomes a list, each of its items on a line of its own; none of them is
    kept.
    """
    escape = not encodes_unicode(sys.stdout)
    names = list(fields)
    print_line("{")
    for name in names:
        comma = "," if name != names[-1] else ""
        value = fields[name]
        if isinstance(value, Iterator):
            print_line(f"  {json.dumps(name)}: [")
            _print_items(value, _make_item_encoder(ensure_ascii=escape))
            print_line(f"  ]{comma}")
        else:
            text = json.dumps(value, ensure_ascii=escape, indent=2, default=format_iso)
            print_line(f"  {json.dumps(name)}: {text.replace(chr(10), chr(10) + '  ')}{comma}")
    print_line("}")


def _make_item_encoder(*, ensure_ascii: bool) -> json.JSONEncoder:
    """For values that hold no others: most of their instants and days were seen a moment ago."""
    return json.JSONEncoder(
        ensure_ascii=ensure_ascii, check_circular=False, default=lru_cache(1024)(format_iso)
    )


def _print_items(items: Iterator[object], encoder: json.JSONEncoder) -> None:
    lines = (f"    {encoder.encode(one)}" for one in items)
    some = list(islice(lines, _ITEMS_AT_ONCE))
    while some:
        following = list(islice(lines, _ITEMS_AT_ONCE))
        print_line(",\n".join(some) + ("," if following else ""))
        some = following
