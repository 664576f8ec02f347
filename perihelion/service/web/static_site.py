"""The website as files, for any host that serves a folder, or for a browser without a network."""

from __future__ import annotations

from collections import deque
from mimetypes import guess_type
from pathlib import PurePosixPath
from shutil import rmtree
from typing import IO, TYPE_CHECKING

from perihelion.model.errors import UsageError
from perihelion.service.settings import read_settings
from perihelion.service.web.application import create_app
from perihelion.service.web.headers import EMBED_POLICY, MAX_AGE_SECONDS, SECURITY_HEADERS
from perihelion.service.web.link_cards import write_cards
from perihelion.service.web.search_engines import list_days
from perihelion.service.web.static_links import (
    LINK,
    NOT_FOUND,
    PLACEHOLDER,
    choose_file,
    find_own_path,
    make_links_relative,
)
from perihelion.service.web.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from flask import Flask
    from freezeyt.hooks import TaskInfo

    from perihelion.publish.context import Clock

MARK = "# Written by `export site`, which replaces the whole folder.\n"
"""The first line of `_headers`, by which a folder that may be replaced is known."""

MAX_PAGES_AT_ONCE = 20

_UNLINKED = (
    *(NOT_FOUND, "robots.txt", "sitemap.xml", "kiosk", "embed/today", "static/kiosk.js"),
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
    _require_replaceable(folder)
    address = read_settings(environ).site or PLACEHOLDER
    app = create_app(environ, clock, as_files=True)
    try:
        _freeze(app, folder, _Pages(address))
        if address != PLACEHOLDER:
            write_cards(app.extensions["perihelion-site"], folder)
    except BaseException:
        rmtree(folder, ignore_errors=True)  # half a site would be refused the next time
        raise
    (folder / "_headers").write_text(_write_headers(), encoding="utf-8")
    (folder / ".nojekyll").touch()  # or GitHub Pages leaves out what begins with an underscore
    for file in folder.rglob("*.html"):
        path = file.relative_to(folder).as_posix()
        page = make_links_relative(file.read_text(encoding="utf-8"), path, address)
        file.write_text(page, encoding="utf-8")
    return sum(1 for file in folder.rglob("*") if file.is_file())


def _freeze(app: Flask, folder: Path, pages: _Pages) -> None:
    from freezeyt import freeze  # noqa: PLC0415 - heavy, and only for this
    from freezeyt.util import UnexpectedStatus  # noqa: PLC0415 - as above

    config = {
        "prefix": f"{PLACEHOLDER}/",
        "output": {"type": "dir", "dir": str(folder)},
        "fail_fast": True,
        "url_to_path": choose_file,
        "get_mimetype": _list_types,
        "use_default_url_finders": False,
        "url_finders": {"text/html": pages.find_links},
        "hooks": {"page_frozen": [pages.ask_for_more]},
    }
    try:
        freeze(app, config)
    except UnexpectedStatus as error:
        raise UsageError(f"the site was not written: {error.url} answers with {error}") from error


class _Pages:
    """The pages that were found, of which freezeyt is asked for a few at a time.

    After each page it looks through all that it was asked for, so that thousands take hours.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._known = {""}
        self._waiting: deque[str] = deque()
        self._add(_UNLINKED)

    def _add(self, paths: Iterable[str]) -> None:
        new = dict.fromkeys(paths).keys() - self._known
        self._known |= new
        self._waiting += sorted(new)

    def find_links(self, page: IO[bytes], _address: str, _headers: object) -> tuple[str, ...]:
        """Note the pages to which one of freezeyt's leads; it is given none of them yet."""
        targets = {found["target"] for found in LINK.finditer(page.read().decode())}
        paths = (find_own_path(target, self._address) for target in targets)
        own = (path.partition("#")[0].removeprefix("/") for path in paths if path is not None)
        self._add(path for path in own if not path.startswith("cards/"))  # drawn by themselves
        return ()

    def ask_for_more(self, task: TaskInfo) -> None:
        """Ask for the next pages, after a page is finished."""
        run = task.freeze_info
        while self._waiting and run.total_task_count - run.done_task_count < MAX_PAGES_AT_ONCE:
            run.add_url(f"{PLACEHOLDER}/{self._waiting.popleft()}")


def _require_replaceable(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    marker = folder / "_headers"
    if not marker.is_file() or not marker.read_text(encoding="utf-8").startswith(MARK):
        raise UsageError(
            f"{folder} holds something that `export site` did not write; name a folder that is "
            "empty or does not exist yet"
        )


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
