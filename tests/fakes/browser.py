"""Headless Chromium, for tests of what a page looks like and who can use it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.fakes.skip_or_fail import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

MIN_TEXT_CONTRAST = {"color-contrast-enhanced": {"enabled": True}}
"""axe-core's rule for 7:1, which is off by default."""


@contextmanager
def start_browser() -> Iterator[Browser]:
    """A browser of its own; skips, or fails with CI=true, where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        skip_or_fail("Chromium is not here: apt-get install chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - heavy, and only for these tests

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class VisitedPage:
    """A page as it was loaded: its requests, its console, and what its scripts did not catch."""

    page: Page
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    uncaught: list[str] = field(default_factory=list)

    def find_violations(self) -> list[tuple[str, str]]:
        """What axe-core objects to: each rule, and the elements that break it."""
        from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - as above

        found: dict[str, Any] = Axe().run(self.page, options={"rules": MIN_TEXT_CONTRAST}).response
        return [(one["id"], str(one["nodes"])[:400]) for one in found["violations"]]

    def overflows(self) -> bool:
        """Whether a reader has to scroll sideways."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )


@contextmanager
def visit_page(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    scheme: Literal["dark", "light"] = "light",
    scripts: bool = True,
) -> Iterator[VisitedPage]:
    """`url` in a window `width` pixels wide, for a reader who prefers `scheme`."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
    )
    visited = VisitedPage(context.new_page())
    visited.page.on("request", lambda request: visited.requests.append(request.url))
    visited.page.on("console", lambda message: visited.console.append(message.text))
    visited.page.on("pageerror", lambda error: visited.uncaught.append(str(error)))
    visited.page.goto(url)
    yield visited
    context.close()
