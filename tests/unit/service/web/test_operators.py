"""Health, readiness, metrics and the status page: who may see them, and what they say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.store import Ledger
from perihelion.service.web.application import create_app
from tests.unit.service.web.conftest import SCHEDULE, FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

TOKEN = "a made-up token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def ledger(tmp_path: Path, clock: FixedClock) -> Iterator[Ledger]:
    (tmp_path / "state").mkdir()
    ledger = Ledger(
        f"sqlite:///{tmp_path / 'state' / 'ledger.sqlite3'}",
        worker="w",
        lease=timedelta(minutes=2),
        machine_clock=clock.now,
        elapsed=lambda: 0.0,
    )
    ledger.migrate(clock.now())
    yield ledger
    ledger.close()


@pytest.fixture
def guarded(tmp_path: Path, clock: FixedClock) -> FlaskClient:
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")
    environ = {
        "PERIHELION_SCHEDULE": str(tmp_path / "schedule.yaml"),
        "PERIHELION_STATE": str(tmp_path / "state"),
        "PERIHELION_STATUS_TOKEN": TOKEN,
    }
    return create_app(environ, clock).test_client()


def test_a_process_that_answers_is_healthy_without_a_ledger(guarded: FlaskClient) -> None:
    response = guarded.get("/healthz")
    assert (response.status_code, response.get_data()) == (200, b"ok\n")


def test_it_is_not_ready_without_a_ledger(guarded: FlaskClient) -> None:
    response = guarded.get("/readyz")
    assert (response.status_code, response.get_data()) == (503, b"there is no ledger yet\n")


def test_it_is_ready_as_long_as_a_worker_shows_itself(
    guarded: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    assert guarded.get("/readyz").status_code == 503
    ledger.register_worker("1", clock.now())
    assert guarded.get("/readyz").status_code == 200
    clock.instant += timedelta(minutes=11)
    response = guarded.get("/readyz")
    assert response.status_code == 503
    assert b"no worker has shown itself for 11 minutes" in response.get_data()


@pytest.mark.parametrize("path", ["/metrics", "/status"])
def test_without_a_token_of_its_own_a_site_has_no_such_page(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=BEARER).status_code == 404


@pytest.mark.parametrize("path", ["/metrics", "/status"])
def test_a_page_for_operators_asks_for_the_token(
    guarded: FlaskClient, ledger: Ledger, path: str
) -> None:
    assert ledger.get_version_or_none()
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
        response = guarded.get(path, headers=headers)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic ")
    for accepted in (guarded.get(path, headers=BEARER), guarded.get(path, auth=("any", TOKEN))):
        assert accepted.status_code == 200
        assert accepted.headers["Cache-Control"] == "no-store"
    assert guarded.get(path).status_code == 401


def test_guessing_locks_the_pages_for_a_minute(
    guarded: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    assert ledger.get_version_or_none()
    wrong = {"Authorization": "Bearer wrong"}
    codes = [guarded.get("/status", headers=wrong).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert guarded.get("/status", headers=BEARER).status_code == 429
    clock.instant += timedelta(seconds=61)
    assert guarded.get("/status", headers=BEARER).status_code == 200


def test_the_metrics_count_what_is_in_the_ledger(
    guarded: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    ledger.register_worker("1", clock.now())
    text = guarded.get("/metrics", headers=BEARER).get_data(as_text=True)
    assert "perihelion_ledger_up 1.0" in text
    assert 'perihelion_deliveries{state="sent"} 0.0' in text
    assert 'perihelion_attention{need="held"} 0.0' in text
    assert f"perihelion_worker_last_seen_timestamp_seconds {clock.now().timestamp():.9}" in text


def test_the_metrics_say_that_the_ledger_cannot_be_read(guarded: FlaskClient) -> None:
    text = guarded.get("/metrics", headers=BEARER).get_data(as_text=True)
    assert "perihelion_ledger_up 0.0" in text


def test_the_status_page_names_the_workers(
    guarded: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    ledger.register_worker("1", clock.now())
    clock.instant += timedelta(seconds=90)
    page = guarded.get("/status", headers=BEARER).get_data(as_text=True)
    assert "last seen 1 minute ago" in page
    assert TOKEN not in page
