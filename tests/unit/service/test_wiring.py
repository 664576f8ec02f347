"""The parts put together: accounts on, off and out in the world, and deliveries found again."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from perihelion.compose import composer
from perihelion.model.anniversaries import Anniversary
from perihelion.model.deliveries import Delivery, DeliveryKey, State
from perihelion.model.errors import ConfigurationError, UsageError
from perihelion.model.posts import Post
from perihelion.model.units import Unit
from perihelion.networks import loader
from perihelion.service.post_preview import select_accounts
from perihelion.service.rehearsal import require_loopback
from perihelion.service.wiring import make_worker_name, open_app

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from perihelion.service.wiring import App

AT = datetime(2027, 2, 28, 15, tzinfo=UTC)
LOCALHOST = {"MASTODON_URL": "http://127.0.0.1:9", "MASTODON_TOKEN": "secret-token"}
REMOTE = LOCALHOST | {"MASTODON_URL": "https://mastodon.example"}
SCHEDULE = """
accounts:
  - {network: mastodon}
  - {network: telegram, timezone: America/New_York, days: account}
missions:
  - id: year-in-space
    name: One-Year Mission
    events:
      - {id: handover, at: 2016-02-29T20:15Z, title: Kelly hands over, sources: a test}
      - {id: landing, at: 2016-03-02T04:26Z, title: Kelly lands, sources: a test}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")
    return tmp_path


def open_app_at(folder: Path, **environ: str) -> App:
    paths = {
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_SCHEDULE": str(folder / "schedule.yaml"),
    }
    return open_app({**environ, **paths}, at=AT)


def make_delivery(account: str, event: str, count: int, day: date) -> Delivery:
    key = DeliveryKey(account, f"year-in-space/{event}", count)
    return Delivery(key, account, State.DUE, day, AT, AT, 1)


def test_local_takes_the_posts_while_no_account_is_on(folder: Path) -> None:
    one = open_app_at(folder)
    assert [account.name for account in one.accounts] == ["local"]
    assert [account.name for account in one.disabled_accounts] == ["mastodon", "telegram"]


def test_local_steps_back_when_an_account_is_on(folder: Path) -> None:
    one = open_app_at(folder, **LOCALHOST)
    assert [account.name for account in one.accounts] == ["mastodon"]
    assert [account.name for account in one.disabled_accounts] == ["telegram"]


def test_every_half_account_is_told_at_once(folder: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        open_app_at(folder, MASTODON_TOKEN="secret-token", TELEGRAM_CHAT="@year")
    assert len(raised.value.mistakes) == 2
    assert "secret-token" not in str(raised.value)


def test_no_secret_shows_in_what_an_app_says_of_itself(folder: Path) -> None:
    assert "secret-token" not in repr(open_app_at(folder, **LOCALHOST))


def test_a_rehearsal_may_post_to_this_machine_only(folder: Path) -> None:
    require_loopback(open_app_at(folder), yes=False)
    require_loopback(open_app_at(folder, **LOCALHOST), yes=False)
    require_loopback(open_app_at(folder, **REMOTE), yes=True)
    with pytest.raises(UsageError, match=r"mastodon.*--yes"):
        require_loopback(open_app_at(folder, **REMOTE), yes=False)


def test_a_log_may_show_an_account_s_server_and_chat_but_not_its_secrets(folder: Path) -> None:
    """Else it says "administrator of ***", and nobody knows of which."""
    (mastodon,) = open_app_at(folder, **LOCALHOST).enabled_accounts
    assert mastodon.secret_values == {"secret-token"}


def test_a_public_default_address_is_the_world_too(folder: Path) -> None:
    telegram = open_app_at(folder, TELEGRAM_TOKEN="1:secret-token", TELEGRAM_CHAT="@year")
    with pytest.raises(UsageError, match="telegram"):
        require_loopback(telegram, yes=False)


def test_a_webhook_of_this_machine_needs_no_yes(folder: Path) -> None:
    """Its variable is no URL by name: the whole of it is the secret."""
    written = SCHEDULE.replace("network: mastodon", "network: discord")
    (folder / "schedule.yaml").write_text(written, "utf-8")
    path = "/api/webhooks/123/abcdefghij"
    require_loopback(open_app_at(folder, DISCORD_WEBHOOK=f"http://127.0.0.1:9{path}"), yes=False)
    with pytest.raises(UsageError, match="discord"):
        require_loopback(
            open_app_at(folder, DISCORD_WEBHOOK=f"https://discord.example{path}"), yes=False
        )


@pytest.mark.parametrize(("year", "day", "moved"), [(2027, 28, True), (2028, 29, False)])
def test_a_delivery_s_anniversary_is_found_as_it_was_planned(
    year: int, day: int, *, moved: bool, folder: Path
) -> None:
    observed = datetime(year, 2, day, tzinfo=UTC).date()
    found = open_app_at(folder).find_anniversary(
        make_delivery("local", "handover", year - 2016, observed)
    )
    assert found is not None
    assert (found.count, found.day, found.moved) == (year - 2016, observed, moved)


def test_an_account_that_reads_days_in_its_own_zone_finds_its_own(folder: Path) -> None:
    one = open_app_at(folder, TELEGRAM_TOKEN="1:secret-token", TELEGRAM_CHAT="@year")
    observed = datetime(2027, 3, 1, tzinfo=UTC).date()
    found = one.find_anniversary(make_delivery("telegram", "landing", 11, observed))
    assert found is not None
    assert found.day == observed


def test_what_is_no_longer_in_the_schedule_is_not_found(folder: Path) -> None:
    assert (
        open_app_at(folder).find_anniversary(make_delivery("local", "gone", 11, AT.date())) is None
    )


def test_a_preview_may_ask_for_a_network_that_is_off(folder: Path) -> None:
    one = open_app_at(folder)
    assert [a.name for a in select_accounts(one, None)] == ["local"]
    assert [a.name for a in select_accounts(one, "mastodon")] == ["mastodon"]
    assert [a.name for a in select_accounts(one, "local")] == ["local"]
    with pytest.raises(UsageError, match="did you mean `mastodon`"):
        select_accounts(one, "mastadon")


def test_no_two_workers_share_a_name() -> None:
    assert make_worker_name() != make_worker_name()


def test_a_post_that_a_report_words_is_not_mixed_with_one_that_a_worker_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, started = open_app_at(folder), Event()
    account, event = app.accounts[0], app.schedule.events[0]
    limits = loader.load_spec("local").limits_for(account)
    anniversary = Anniversary(event, 11, Unit.YEARS, AT.date())

    def word() -> None:
        app.compose_post(anniversary, account, limits, AT)

    report = Thread(target=word)

    def compose(*_values: object, **_options: object) -> Post:
        if started.is_set():
            wording.append("the report")
        else:
            started.set()
            report.start()
            report.join(0.05)
            wording.append("the worker")
        return Post("", "en", "")

    wording: list[str] = []
    monkeypatch.setattr(composer, "compose_post", compose)
    word()
    report.join()
    assert wording == ["the worker", "the report"]
