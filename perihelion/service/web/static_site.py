"""The website as files, for any host that serves a folder, or for a browser without a network."""

from __future__ import annotations

import re
from mimetypes import guess_type
from pathlib import Path, PurePosixPath
from posixpath import relpath
from shutil import rmtree
from typing import IO, TYPE_CHECKING

from perihelion.model.errors import UsageError
from perihelion.service.settings import read_settings
from perihelion.service.web.application import create_app
from perihelion.service.web.headers import EMBED_POLICY, MAX_AGE_SECONDS, SECURITY_HEADERS
from perihelion.service.web.search_engines import list_days
from perihelion.service.web.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perihelion.publish.context import Clock

PLACEHOLDER = "http://localhost"
"""What links that need a whole address begin with, where nobody said what it will be."""

MARK = "# Written by `export site`, which replaces the whole folder.\n"
"""The first line of `_headers`, by which a folder that may be replaced is known."""

_LINK = re.compile(r'(?P<name> (?:href|src|content)=")(?P<target>[^"]*)')
_UNLINKED = (
    *("robots.txt", "sitemap.xml", "kiosk", "embed/today", "static/kiosk.js"),
    *(f"sitemap-{language}.xml" for language in LANGUAGES),
    *(f"api/v1/on/{day}.json" for day in list_days()),
)
_OTHER_TYPES = {
    ".atom": "application/atom+xml",
    ".ics": "text/calendar",
    ".js": "text/javascript",
    ".xml": "application/xml",
}


def write_site(environ: Mapping[str, str], folder: Path, clock: Clock | None = None) -> int:
    """Write the website of the schedule that `environ` names into `folder`; returns how many files.

    The pages find each other by relative links, so that the folder may lie anywhere. It is
    replaced if it holds an earlier site. Raises UsageError if it holds anything else or if a page
    leads nowhere, ConfigurationError for mistakes in the settings or the schedule.
    """
    from freezeyt import freeze  # noqa: PLC0415 - heavy, and only for this
    from freezeyt.util import UnexpectedStatus  # noqa: PLC0415 - as above

    _require_replaceable(folder)
    address = read_settings(environ).site or PLACEHOLDER
    app = create_app({**environ, "PERIHELION_SITE": address}, clock, as_files=True)

    def find_links(page: IO[bytes], _address: str, _headers: object) -> Iterator[str]:
        for found in _LINK.finditer(page.read().decode()):
            path = _find_own_path(found["target"], address)
            if path is not None:
                yield f"{PLACEHOLDER}{path.partition('#')[0]}"

    try:
        freeze(
            app,
            {
                "prefix": f"{PLACEHOLDER}/",
                "output": {"type": "dir", "dir": str(folder)},
                "fail_fast": True,
                "url_to_path": choose_file,
                "get_mimetype": _list_types,
                "use_default_url_finders": False,
                "url_finders": {"text/html": find_links},
                "extra_pages": list(_UNLINKED),
            },
        )
    except BaseException as error:
        rmtree(folder, ignore_errors=True)  # half a site would be refused the next time
        if isinstance(error, UnexpectedStatus):
            raise UsageError(
                f"the site was not written: {error.url} answers with {error}"
            ) from error
        raise
    (folder / "_headers").write_text(_write_headers(), encoding="utf-8")
    (folder / ".nojekyll").touch()  # or GitHub Pages leaves out what begins with an underscore
    for file in folder.rglob("*.html"):
        path = file.relative_to(folder).as_posix()
        page = make_links_relative(file.read_text(encoding="utf-8"), path, address)
        file.write_text(page, encoding="utf-8")
    return sum(1 for file in folder.rglob("*") if file.is_file())


def choose_file(path: str) -> str:
    """The file of a page, both relative to the site's root: every server finds it at its address.

    `m/apollo-11` is `m/apollo-11/index.html`; an address with an extension names its file.
    """
    if not path or path.endswith("/"):
        return f"{path}index.html"
    return path if PurePosixPath(path).suffix else f"{path}/index.html"


def make_links_relative(text: str, file: str, address: str) -> str:
    """The page `text` with links that lead from its `file` to that of the other page.

    Links that must be whole, for search engines and previews, stay so if the site has an address.
    """
    here = str(PurePosixPath(file).parent)

    def rewrite(found: re.Match[str]) -> str:
        target = found["target"]
        path = _find_own_path(target, address)
        if path is None or (address != PLACEHOLDER and not target.startswith("/")):
            return found[0]
        page, hash_mark, fragment = path.removeprefix("/").partition("#")
        return f"{found['name']}{relpath(choose_file(page), here)}{hash_mark}{fragment}"

    return _LINK.sub(rewrite, text)


def _require_replaceable(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    marker = folder / "_headers"
    if not marker.is_file() or not marker.read_text(encoding="utf-8").startswith(MARK):
        raise UsageError(
            f"{folder} holds something that `export site` did not write; name a folder that is "
            "empty or does not exist yet"
        )


def _find_own_path(target: str, address: str) -> str | None:
    """The path of a link on this site, with its fragment; None for all other links."""
    if target.startswith(f"{address}/"):
        return target.removeprefix(address)
    return target if target.startswith("/") and not target.startswith("//") else None


def _list_types(path: str) -> list[str]:
    """The content types that the file of a page may have."""
    suffix = PurePosixPath(choose_file(path)).suffix
    if suffix == ".json":
        return ["application/json", "application/feed+json"]
    return [_OTHER_TYPES.get(suffix) or guess_type(f"file{suffix}")[0] or "text/plain"]


def _write_headers() -> str:
    """`_headers`, in the form that several hosts of static pages read."""
    common = {**SECURITY_HEADERS, "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"}
    blocks = {
        "/*": [f"{name}: {value}" for name, value in common.items()],
        "/api/*": ["Access-Control-Allow-Origin: *"],
    }
    for prefix in ("", *(f"/{one}" for one in LANGUAGES[1:])):
        policy = f"Content-Security-Policy: {EMBED_POLICY}"
        blocks[f"{prefix}/embed/*"] = ["! Content-Security-Policy", policy]
    lines = [line for path, rules in blocks.items() for line in (path, *(f"  {r}" for r in rules))]
    return MARK + "\n".join([*lines, ""])
