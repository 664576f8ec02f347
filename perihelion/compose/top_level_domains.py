"""The names of the root zone: what may follow the last dot of a link.

X turns `example.space` into a link of 23 but leaves `example.spaces` alone, so its counting needs
the names. They are in `data/top_level_domains.txt`; a name younger than that file makes us count a
link letter by letter. `perihelion.compose.update_top_level_domains` renews the file.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def list_top_level_domains() -> frozenset[str]:
    """Every name in lower case; those in other scripts as they are written, not in ASCII form."""
    lines = read_table().lower().splitlines()
    return frozenset(_to_unicode(line) for line in lines if not line.startswith("#"))


def read_table() -> str:
    """The data file: a header of lines that start with `#`, then one name per line."""
    return (files("perihelion.compose") / "data/top_level_domains.txt").read_text("ascii")


def _to_unicode(name: str) -> str:
    ascii_form = name.removeprefix("xn--")
    return name if ascii_form == name else ascii_form.encode().decode("punycode")
