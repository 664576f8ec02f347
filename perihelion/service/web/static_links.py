"""Where the pages of a site of files lie, and how they lead to each other. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

PLACEHOLDER = "http://localhost"
"""What links that need a whole address begin with, where nobody said what it will be."""

NOT_FOUND = "404.html"
"""What hosts show for an address that is none: at any depth, so that relative links fail in it."""

LINK = re.compile(r'(?P<name> (?:href|src|content)=")(?P<target>[^"]*)')


def choose_file(path: str) -> str:
    """The file of a page, both relative to the site's root: every server finds it at its address.

    `m/apollo-11` is `m/apollo-11/index.html`; an address with an extension names its file.
    """
    if not path or path.endswith("/"):
        return f"{path}index.html"
    return path if PurePosixPath(path).suffix else f"{path}/index.html"


def find_own_path(target: str, address: str) -> str | None:
    """The path of a link on the site at `address`, with its fragment; None for all other links."""
    if target.startswith(f"{address}/"):
        return target.removeprefix(address)
    return target if target.startswith("/") and not target.startswith("//") else None


def make_links_relative(text: str, file: str, address: str) -> str:
    """The page `text` with links that lead from its `file` to that of the other page.

    Links that must be whole, for search engines and previews, stay so if the site has an address.
    """
    start = _find_start(file, address)

    def rewrite(found: re.Match[str]) -> str:
        target = found["target"]
        path = find_own_path(target, address)
        if path is None or (address != PLACEHOLDER and not target.startswith("/")):
            return found[0]
        page, hash_mark, fragment = path.removeprefix("/").partition("#")
        return f"{found['name']}{start}{choose_file(page)}{hash_mark}{fragment}"

    return LINK.sub(rewrite, text)


def _find_start(file: str, address: str) -> str:
    """What leads from `file` to the site's root."""
    if file == NOT_FOUND:
        return f"{urlsplit(address).path}/"
    return "../" * file.count("/")
