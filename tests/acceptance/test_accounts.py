"""Accounts: off, half set up, on this machine, and out in the world."""

from __future__ import annotations

import signal
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from perihelion.testing.http_server import Fault
from tests.fakes.bluesky_server import HANDLE, PASSWORD, FakeBluesky
from tests.fakes.bot_installation import ROOT, BotInstallation, wait_for_result, wait_until
from tests.fakes.mastodon_server import TOKEN, FakeMastodon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.testing.http_server import FakeServer, Request

EVENING = "2027-03-02T20:00Z"


@pytest.fixture
def mastodon() -> FakeMastodon:
    return FakeMastodon()


@pytest.fixture
def server(mastodon: FakeMastodon) -> Iterator[FakeServer]:
    with mastodon.serve() as running:
        yield running


@pytest.fixture
def bot(tmp_path: Path, server: FakeServer) -> BotInstallation:
    settings = {"MASTODON_URL": server.url, "MASTODON_TOKEN": TOKEN, "PERIHELION_PATIENCE": "0.4"}
    return BotInstallation(tmp_path, settings)


def is_create_request(request: Request) -> bool:
    return (request.method, request.path) == ("POST", "/api/v1/statuses")


def count_texts(mastodon: FakeMastodon) -> Counter[str]:
    return Counter(status.text for status in mastodon.statuses)


def count_previewed_texts(bot: BotInstallation) -> Counter[str]:
    return Counter(post["text"] for post in bot("preview", "2027-03-02", "--json").json)


def test_with_two_variables_the_same_command_posts_to_mastodon(
    bot: BotInstallation, mastodon: FakeMastodon
) -> None:
    said = bot("once", "--at", EVENING, "--json")
    assert said.code == 0, said.err
    assert [one["state"] for one in said.json] == ["sent"] * 3
    assert count_texts(mastodon) == count_previewed_texts(bot)
    assert bot.timeline == [], "local steps back"
    assert TOKEN not in said.out + said.err


def test_a_second_run_makes_no_second_status(bot: BotInstallation, mastodon: FakeMastodon) -> None:
    bot("once", "--at", EVENING)
    assert bot("once", "--at", EVENING, "--json").json == []
    assert len(mastodon.statuses) == 3


def test_killed_after_the_server_took_the_post_it_is_not_posted_again(
    bot: BotInstallation, mastodon: FakeMastodon, server: FakeServer
) -> None:
    server.break_next(Fault(hang=True, acted=True), is_create_request)
    process = bot.start("once", "--at", EVENING)
    wait_until(lambda: mastodon.statuses, process)
    process.kill()
    assert wait_for_result(process).code == -signal.SIGKILL
    assert bot("once", "--at", EVENING).code == 0
    assert count_texts(mastodon) == count_previewed_texts(bot)
    assert bot("status", "--json").json["deliveries"]["sent"] == 3


def test_killed_before_the_server_took_the_post_it_is_posted_after_all(
    bot: BotInstallation, mastodon: FakeMastodon, server: FakeServer
) -> None:
    server.break_next(Fault(hang=True), is_create_request)
    process = bot.start("once", "--at", EVENING)
    wait_until(lambda: any(map(is_create_request, server.requests)), process)
    process.kill()
    wait_for_result(process)
    assert bot("once", "--at", EVENING).code == 0
    assert count_texts(mastodon) == count_previewed_texts(bot)


def test_the_token_may_stand_in_a_file(
    bot: BotInstallation, mastodon: FakeMastodon, server: FakeServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{TOKEN}\n", encoding="utf-8")
    settings = {
        "MASTODON_URL": server.url,
        "MASTODON_TOKEN_FILE": str(secret),
        "PERIHELION_PATIENCE": "0.4",
    }
    said = BotInstallation(bot.folder, settings)("once", "--at", EVENING)
    assert said.code == 0, said.err
    assert len(mastodon.statuses) == 3


def test_doctor_proves_the_account_and_posts_nothing(
    bot: BotInstallation, mastodon: FakeMastodon, server: FakeServer
) -> None:
    environ = {"MASTODON_URL": server.url, "MASTODON_TOKEN": TOKEN}
    said = BotInstallation(bot.folder, environ)("doctor", "--json")
    findings = {one["subject"]: one for one in said.json}
    assert said.code == 0
    assert all(
        set(one) == {"subject", "ok", "detail"} and type(one["ok"]) is bool for one in said.json
    )
    assert "year" in findings["account mastodon"]["detail"][0]
    assert not any(request.method == "POST" for request in server.requests)
    assert mastodon.statuses == []
    assert TOKEN not in said.out + said.err


def test_doctor_proves_an_account_before_the_first_run_and_keeps_its_session(
    tmp_path: Path,
) -> None:
    bluesky = FakeBluesky(now=lambda: datetime.now(UTC))
    with bluesky.serve() as server:
        values = {"URL": server.url, "HANDLE": HANDLE, "PASSWORD": PASSWORD}
        bot = BotInstallation(
            tmp_path, {f"BLUESKY_{name}": value for name, value in values.items()}
        )
        for _ in range(2):
            doctor = bot("doctor")
            assert doctor.code == 0, doctor.out
            assert f"ok   account bluesky\n       @{HANDLE}" in doctor.out
        assert len(bluesky.sign_ins) == 1


def test_a_refused_token_is_told_and_posts_nothing(
    bot: BotInstallation, server: FakeServer
) -> None:
    wrong = BotInstallation(
        bot.folder, {"MASTODON_URL": server.url, "MASTODON_TOKEN": "wrong-token-1234"}
    )
    doctor = wrong("doctor")
    assert doctor.code == 1
    assert "BAD  account mastodon" in doctor.out
    wrong("once", "--at", EVENING)
    status = wrong("status")
    assert status.code == 1, "a person is needed"
    assert "STOPPED" in status.out
    assert "wrong-token-1234" not in doctor.out + doctor.err + status.out


@pytest.mark.parametrize("verb", ["once", "run", "status", "preview", "doctor", "check"])
def test_half_an_account_is_a_mistake_with_its_name(verb: str, tmp_path: Path) -> None:
    half = BotInstallation(tmp_path, {"MASTODON_URL": "https://mastodon.example"})
    said = half(verb)
    assert said.code == 1
    lines = (ROOT / "schedule.yaml").read_text(encoding="utf-8").splitlines()
    line = lines.index("  - {network: mastodon}") + 1
    assert f"schedule.yaml:{line}:5: account mastodon: MASTODON_TOKEN" in said.out + said.err
    assert not half.state.exists()


def test_an_account_without_variables_is_off_and_doctor_says_so(tmp_path: Path) -> None:
    said = BotInstallation(tmp_path)("doctor")
    assert said.code == 0
    assert "account mastodon\n       off: its variables are not set" in said.out
    assert "ok   account local" in said.out


@pytest.mark.parametrize("arguments", [["once"], ["run"], ["run", "--speed", "60"]], ids=" ".join)
def test_a_rehearsal_never_reaches_the_world_by_mistake(
    arguments: list[str], tmp_path: Path
) -> None:
    settings = {"MASTODON_URL": "https://mastodon.example", "MASTODON_TOKEN": "some-token"}
    testbed = BotInstallation(tmp_path, settings)
    when = [] if "--speed" in arguments else ["--at", EVENING]
    said = testbed(*arguments, *when)
    assert said.code == 2
    assert "mastodon" in said.err
    assert "--yes" in said.err
    assert not testbed.state.exists()


def test_with_yes_a_rehearsal_is_let_out(tmp_path: Path) -> None:
    """The address leads nowhere: .invalid never resolves, so nothing leaves this machine."""
    settings = {
        "MASTODON_URL": "https://mastodon.invalid",
        "MASTODON_TOKEN": "some-token",
        "PERIHELION_PATIENCE": "0.4",
    }
    testbed = BotInstallation(tmp_path, settings)
    said = testbed("once", "--at", EVENING, "--yes")
    assert "--yes" not in said.err
    assert (testbed.state / "ledger.sqlite3").exists()
    assert "sent" not in testbed("status", "--json").json["deliveries"]


def test_recovery_names_the_accounts_that_it_does_not_read(bot: BotInstallation) -> None:
    said = bot("recover")
    assert said.code == 0
    assert said.out.startswith("mastodon: 0 posts read")
    assert "bluesky: not read, because its variables are not set" in said.out
