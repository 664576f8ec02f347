"""The links of a website that was written as files, all at once.

python -m tests.fakes.site_links DIR ADDRESS
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from perihelion.service.web.static_links import NOT_FOUND, choose_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADDRESS = re.compile(r"https?://[^\s\"'<>&\\]+")


class PageReader(HTMLParser):
    """What a page refers to, and the places in it that others may refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in {"href", "src", "action"}:
                self.links.append(value or "")
            elif name == "id":
                self.ids.add(value or "")


def find_broken_links(folder: Path, address: str) -> Iterator[tuple[str, str]]:
    """Each file and what it refers to within the site at `address` that is not in `folder`.

    Links of pages are looked up as a browser follows them; in feeds, calendars and sitemaps, every
    address of the site is.
    """
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    places = {one.relative_to(folder).as_posix(): set[str]() for one in files}
    found = []
    for file in files:
        name = file.relative_to(folder).as_posix()
        if file.suffix == ".html":
            page = PageReader()
            page.feed(file.read_text(encoding="utf-8"))
            places[name] = page.ids
            found += [(name, link) for link in page.links]
        elif file.suffix in {".atom", ".ics", ".json", ".xml", ".txt"}:
            unfolded = re.sub(r"\r?\n[ \t]", "", file.read_text(encoding="utf-8"))
            found += [(name, link) for link in _ADDRESS.findall(unfolded)]
    for name, link in found:
        target, _, place = _find_target(name, link, address).partition("#")
        if target and (target not in places or (place and place not in places[target])):
            yield name, link


def _find_target(name: str, link: str, address: str) -> str:
    """The file to which a link in the file `name` leads; empty if it is of another site."""
    root = urlsplit(address).path
    if link == address or link.startswith(f"{address}/"):
        page, hash_mark, place = link.removeprefix(address).removeprefix("/").partition("#")
        return f"{choose_file(page)}{hash_mark}{place}"
    if urlsplit(link).scheme:
        return ""
    if link.startswith("#"):
        return name + link
    if name == NOT_FOUND and link.startswith(f"{root}/"):  # shown at any depth
        return link.removeprefix(f"{root}/")
    if name == NOT_FOUND or link.startswith("/"):
        return f"not relative: {link}"
    return normpath(join(dirname(name), link))


if __name__ == "__main__":
    broken = list(find_broken_links(Path(sys.argv[1]), sys.argv[2]))
    print(*broken, sep="\n")  # noqa: T201 - a command for people
    sys.exit(1 if broken else 0)
