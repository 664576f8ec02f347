"""What the website's processes share is made before they fork, and no connection is among it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.service.web.server import SHARED_PAGES
from perihelion.service.wiring import App

if TYPE_CHECKING:
    import pytest
    from flask.testing import FlaskClient


def test_the_pages_that_are_made_for_all_processes_exist_and_ask_no_ledger(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that inherits a connection to PostgreSQL would talk into another one's answers."""

    def refuse(_app: App) -> None:
        raise AssertionError("the ledger was opened")

    monkeypatch.setattr(App, "open_ledger", refuse)
    assert [client.get(page).status_code for page in SHARED_PAGES] == [200] * len(SHARED_PAGES)
