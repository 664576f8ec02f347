"""Health, readiness, metrics and the status page: who may see them, and what they say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from perihelion.ledger.store import Ledger
from perihelion.model.deliveries import State
from perihelion.model.observations import Observation
from perihelion.service.observed_accounts import list_observations, make_observation_reports
from perihelion.service.sent_alerts import save_sent_alert
from perihelion.service.web.application import create_app
from tests.fakes.ledger_testbed import LedgerTestbed, make_planned, make_result
from tests.unit.service.web.conftest import SCHEDULE, FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from perihelion.networks.base import Network

ROOT = Path(__file__).parents[4]
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
    accounts = 'accounts: [{network: x, options: {budget: "5.00"}}]\n'
    (tmp_path / "schedule.yaml").write_text(accounts + SCHEDULE, encoding="utf-8")
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


def test_the_metrics_measure_what_was_sent_and_what_it_cost(
    guarded: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    ledger.register_accounts({"x": "x"}, clock.now())
    testbed = LedgerTestbed("")
    testbed.clocks.now = due = clock.now()
    testbed.promise_deliveries(ledger, make_planned(account="x", due=due))
    testbed.clocks.now += timedelta(seconds=3)
    (claim,) = testbed.claim_deliveries(ledger, accounts=["x"])
    testbed.clocks.now += timedelta(seconds=2)
    pause = make_result(claim, State.SENT, resume_at=due + timedelta(hours=1))
    testbed.settle_claims(ledger, pause)
    text = guarded.get("/metrics", headers=BEARER).get_data(as_text=True)
    for quantile in ("0.5", "0.95", "1"):
        labels = f'{{account="x",quantile="{quantile}"}}'
        assert f"perihelion_lateness_seconds{labels} 5.0" in text
        assert f"perihelion_request_seconds{labels} 2.0" in text
    until = (due + timedelta(hours=1)).timestamp()
    paused = 'perihelion_account_paused_until_timestamp_seconds{account="x"}'
    assert f"{paused} {until:.9}" in text
    assert 'perihelion_month_cost_usd{account="x"} 0.02' in text
    assert 'perihelion_month_budget_usd{account="x"} 5.0' in text
    guide = (ROOT / "docs" / "operate.md").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("# HELP"):
            assert f"| `{line.split()[2]}`" in guide


class ObservingNetwork:
    """A network that has seen something."""

    def __init__(self, seen: Observation) -> None:
        self.seen = seen

    def observe(self) -> Observation:
        return self.seen


def test_what_a_worker_s_adapters_have_seen_reaches_the_operators(
    guarded: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    ledger.register_accounts({"threads": "threads", "telegram": "telegram"}, clock.now())
    for remaining in (299, 298):
        seen = Observation(remaining, clock.now(), clock.now() + timedelta(days=60))
        networks = {"threads": ObservingNetwork(seen), "telegram": ObservingNetwork(Observation())}
        reports = make_observation_reports(cast("dict[str, Network]", networks))
        ledger.record_heartbeat(clock.now(), reports)
    assert list_observations(ledger) == {"threads": seen}
    text = guarded.get("/metrics", headers=BEARER).get_data(as_text=True)
    assert 'perihelion_rate_budget_requests{account="threads"} 298.0' in text
    until = (clock.now() + timedelta(days=60)).timestamp()
    assert f'perihelion_token_expires_timestamp_seconds{{account="threads"}} {until:.9}' in text
    page = guarded.get("/status", headers=BEARER).get_data(as_text=True)
    assert "its token expires 2026-09-18 09:00 UTC; 298 requests remained" in page


def test_the_metrics_say_that_the_ledger_cannot_be_read(guarded: FlaskClient) -> None:
    text = guarded.get("/metrics", headers=BEARER).get_data(as_text=True)
    assert "perihelion_ledger_up 0.0" in text


def test_the_status_page_shows_the_coming_week_and_the_last_alerts(
    guarded: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    page = guarded.get("/status", headers=BEARER).get_data(as_text=True)
    assert "Nothing is due." in page
    assert "None was sent." in page
    ledger.register_worker("1", clock.now())
    ledger.register_accounts({"x": "x"}, clock.now())
    save_sent_alert(ledger, "2026-07-19: 2 posts missed")
    clock.instant -= timedelta(days=6)
    page = guarded.get("/status", headers=BEARER).get_data(as_text=True)
    assert "<td>2026-07-16 15:00</td><td>Apollo 11 leaves for the Moon</td><td>x</td>" in page
    assert "<dt>2026-07-20 09:00 UTC</dt><dd>2026-07-19: 2 posts missed</dd>" in page


def test_the_status_page_names_the_workers(
    guarded: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    ledger.register_worker("1", clock.now())
    clock.instant += timedelta(seconds=90)
    page = guarded.get("/status", headers=BEARER).get_data(as_text=True)
    assert "last seen 1 minute ago" in page
    assert TOKEN not in page
