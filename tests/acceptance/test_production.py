"""A warning comes before anybody relies on what only looks like production, or fails to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.testing.http_server import FakeServer, Reply
from tests.fakes.bot_installation import BotInstallation

if TYPE_CHECKING:
    from pathlib import Path


def test_a_database_without_an_account_and_a_misspelt_variable_are_told_by_doctor_and_when_posting(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite3"
    bot = BotInstallation(tmp_path, {"DATABASE_URL": url, "TWITTER_API_KEY": "hunter22"})
    doctor, once = bot("doctor"), bot("once")
    assert (doctor.code, once.code) == (0, 0)
    assert "WARN environment" in doctor.out
    for said in (doctor.out, once.err):
        assert "DATABASE_URL is set, as in production, but no account is on" in said
        assert "nothing reads TWITTER_API_KEY; did you mean X_API_KEY?" in said
        assert "hunter22" not in said
    found = {one["subject"]: one for one in bot("doctor", "--json").json}
    assert found["environment"]["ok"]
    assert len(found["environment"]["detail"]) == 2


def test_a_test_alert_arrives_and_one_that_does_not_fails_without_showing_the_address(
    tmp_path: Path,
) -> None:
    status = [200]
    server = FakeServer(lambda _request: Reply(status[0], {}))
    address = f"{server.url.replace('http://', 'json://')}/hunter22"
    bot = BotInstallation(tmp_path, {"PERIHELION_ALERTS": address})
    sent = bot("doctor", "--alert")
    assert (sent.code, "address 1, json: sent" in sent.out) == (0, True)
    status[0] = 500
    failed = bot("doctor", "--alert")
    server.close()
    assert (failed.code, "address 1, json: not sent" in failed.out) == (1, True)
    assert "hunter22" not in failed.out + failed.err
    assert len(server.requests) == 2
