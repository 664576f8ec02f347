"""One browser for the tests of each module.

Not one for all: while it runs, so does an event loop in this process, in which the website's export
could not run its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.browser import start_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_browser() as started:
        yield started
