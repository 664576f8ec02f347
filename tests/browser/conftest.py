"""One browser for all of these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.browser import start_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with start_browser() as started:
        yield started
