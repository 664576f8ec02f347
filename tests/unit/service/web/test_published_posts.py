"""An event's page leads to the posts about it that everybody can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import DeliveryKey, State
from perihelion.model.posts import Receipt
from perihelion.model.units import Unit
from perihelion.service.web.application import create_app
from tests.fakes.ledger_testbed import LedgerTestbed, make_planned
from tests.unit.service.web.conftest import SCHEDULE, FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

    from perihelion.ledger.store import Ledger

MADE_AT = datetime(2026, 7, 20, 9, tzinfo=UTC)
ACCOUNTS = {
    "bluesky": "bluesky",
    "bluesky-de": "bluesky",
    "club": "telegram",
    "discord": "discord",
    "friends": "mastodon",
    "mastodon": "mastodon",
    "nostr": "nostr",
    "local": "local",
}
PRIVATE = """\
accounts:
  - {network: mastodon}
  - {network: mastodon, name: friends, options: {visibility: private}}
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "state").mkdir()
    testbed = LedgerTestbed(f"sqlite:///{tmp_path / 'state' / 'ledger.sqlite3'}")
    testbed.open_ledger().migrate(MADE_AT)
    ledger = testbed.open_worker()
    ledger.register_accounts(ACCOUNTS, MADE_AT)
    yield ledger
    testbed.close()


@pytest.fixture
def reader(tmp_path: Path, clock: FixedClock) -> FlaskClient:
    (tmp_path / "schedule.yaml").write_text(PRIVATE + SCHEDULE, encoding="utf-8")
    environ = {
        "PERIHELION_SCHEDULE": str(tmp_path / "schedule.yaml"),
        "PERIHELION_STATE": str(tmp_path / "state"),
    }
    return create_app(environ, clock).test_client()


def publish(
    ledger: Ledger, account: str, url: str, count: int = 57, unit: Unit = Unit.YEARS
) -> None:
    planned = replace(
        make_planned(due=MADE_AT - timedelta(days=365 * (57 - count))),
        key=DeliveryKey(account, "apollo-11/landing", count, unit),
        network=ACCOUNTS[account],
    )
    ledger.record_timeline_posts([(planned, Receipt("1", url), planned.due_at)], MADE_AT)


def read(reader: FlaskClient, path: str = "/e/apollo-11/landing") -> str:
    return reader.get(path).get_data(as_text=True)


def test_without_a_ledger_there_are_no_links(reader: FlaskClient) -> None:
    assert "Our posts about it" not in read(reader)


def test_the_last_years_posts_are_linked_the_latest_first(
    reader: FlaskClient, ledger: Ledger
) -> None:
    for count in (50, 53, 56, 57):
        publish(ledger, "mastodon", f"https://mastodon.example/@bot/{count}", count)
    page = read(reader)
    assert '57 years, <time datetime="2026-07-20">20 July 2026</time>' in page
    found = [page.index(f"https://mastodon.example/@bot/{count}") for count in (57, 56, 53)]
    assert found == sorted(found)
    assert "@bot/50" not in page
    assert "Unsere Beiträge dazu" in read(reader, "/de/e/apollo-11/landing")
    assert "@bot/" not in read(reader, "/e/apollo-11/launch")


def test_accounts_of_one_network_are_told_apart_and_replays_count(
    reader: FlaskClient, ledger: Ledger
) -> None:
    publish(ledger, "bluesky", "https://bsky.app/1")
    publish(ledger, "bluesky-de", "https://bsky.app/2", unit=Unit.REPLAY_YEARS)
    publish(ledger, "nostr", "nostr:nevent1abc")
    page = read(reader)
    assert '<a href="https://bsky.app/1" rel="noreferrer">Bluesky (bluesky)</a>' in page
    assert '<a href="https://bsky.app/2" rel="noreferrer">Bluesky (bluesky-de)</a>' in page
    assert '<a href="nostr:nevent1abc" rel="noreferrer">Nostr</a>' in page


@pytest.mark.parametrize(
    ("account", "url"),
    [
        ("club", "https://t.me/c/1234/5"),
        ("discord", "https://discord.com/channels/1/2/3"),
        ("friends", "https://mastodon.example/@friends/1"),
        ("local", "file:///state/timeline.jsonl#1"),
        ("mastodon", "javascript:alert(1)"),
    ],
)
def test_what_only_some_can_read_is_not_linked(
    reader: FlaskClient, ledger: Ledger, account: str, url: str
) -> None:
    publish(ledger, account, url)
    assert "Our posts about it" not in read(reader)


def test_what_was_not_sent_is_not_linked(reader: FlaskClient, ledger: Ledger) -> None:
    publish(ledger, "mastodon", "https://mastodon.example/@bot/56", 56)
    key = DeliveryKey("mastodon", "apollo-11/landing", 56)
    assert ledger.list_published([key, replace(key, count=57)])[0].state is State.SENT
    assert read(reader).count("mastodon.example") == 1


def test_a_new_post_is_seen_after_the_page_s_own_max_age_with_another_etag(
    reader: FlaskClient, ledger: Ledger, clock: FixedClock
) -> None:
    publish(ledger, "mastodon", "https://mastodon.example/@bot/56", 56)
    before = reader.get("/e/apollo-11/landing")
    publish(ledger, "mastodon", "https://mastodon.example/@bot/57")
    assert "@bot/57" not in read(reader)
    clock.instant += timedelta(seconds=before.cache_control.max_age or 0)
    known = {"If-None-Match": before.headers["ETag"]}
    after = reader.get("/e/apollo-11/landing", headers=known)
    assert (after.status_code, "@bot/57" in after.get_data(as_text=True)) == (200, True)
    known = {"If-None-Match": after.headers["ETag"]}
    assert reader.get("/e/apollo-11/landing", headers=known).status_code == 304


def test_a_page_does_not_outlive_its_day(reader: FlaskClient, clock: FixedClock) -> None:
    clock.instant = datetime(2026, 7, 20, 23, 59, tzinfo=UTC)
    assert "20 July 2026" in read(reader, "/")
    clock.instant += timedelta(minutes=1)
    assert "21 July 2026" in read(reader, "/")
