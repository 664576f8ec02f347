"""What surrounds the program in a soak: networks that fail, a pager, and a schedule."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from perihelion.testing.http_server import FakeServer, Fault, Reply, Request
from tests.fakes.busy_day import write_templates
from tests.fakes.crash_harness import FlakyServer
from tests.fakes.mastodon_server import GOTOSOCIAL, MASTODON, FakeMastodon
from tests.fakes.mastodon_server import TOKEN as MASTODON_TOKEN
from tests.fakes.telegram_server import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram_server import FakeTelegram

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

FIRST_DAY = date(2027, 1, 4)
EVENT_YEAR = 1960
EVENTS_A_DAY = 3
REVOKED = Reply(401, {"error": "The access token was revoked"})
REFUSED = Reply(422, {"error": "Validation failed: this is not allowed here"})
NETWORKS = {"keyed": "mastodon", "lookup": "mastodon", "blind": "telegram"}
"""Account → its network: Mastodon's keys, GoToSocial's timeline, and a bot that can ask nothing."""


@dataclass
class Account:
    """One account's server; `is_revoked` refuses its token."""

    name: str
    server: FlakyServer
    texts: Callable[[], list[str]]
    values: dict[str, str]
    is_revoked: bool = False

    def count_posts(self) -> Counter[str]:
        """Event → how often it stands on the server."""
        found = (re.search(r"Event (\d{4}-\d\d-\d\d number \d+)", text) for text in self.texts())
        return Counter(one[1] for one in found if one)


def open_account(name: str, seed: int) -> Account:
    """An account on a server of its own."""
    account: Account | None = None

    def handle_request(request: Request) -> Reply:
        return REVOKED if account and account.is_revoked else handle(request)

    server = FlakyServer(handle_request, seed)
    if NETWORKS[name] == "telegram":
        telegram = FakeTelegram()
        handle = telegram.handle_request
        values = {"TOKEN": TELEGRAM_TOKEN, "CHAT": "@yearly", "URL": server.url}
    else:
        flavour = MASTODON if name == "keyed" else GOTOSOCIAL
        mastodon = FakeMastodon(flavour, now=lambda: datetime.now(UTC), url=server.url)
        handle = mastodon.handle_request
        values = {"TOKEN": MASTODON_TOKEN, "URL": server.url}

    def list_texts() -> list[str]:
        if NETWORKS[name] == "telegram":
            return [one.text for one in telegram.messages]
        return [one.text for one in mastodon.statuses]

    prefixed = {f"{name.upper()}_{variable}": value for variable, value in values.items()}
    account = Account(name, server, list_texts, prefixed)
    return account


@dataclass
class Pager:
    """Takes the alerts."""

    titles: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle_request(self, request: Request) -> Reply:
        """Note one alert's title."""
        with self._lock:
            self.titles.append(str(request.json["title"]))
        return Reply(200, {})

    def serve(self) -> FakeServer:
        """Its server, started."""
        return FakeServer(self.handle_request)


@dataclass
class Faults:
    """What is broken on one day, chosen by chance."""

    share: float
    revoked: str = ""
    refused: str = ""
    kills: bool = False
    loses_database: bool = False

    @classmethod
    def choose(cls, chance: random.Random, names: list[str]) -> Faults:
        """Something on most days; the credentials of one account on every eighth."""
        return cls(
            share=chance.choice([0, 0.1, 0.3]),
            revoked=chance.choice(names) if chance.random() < 1 / 8 else "",
            refused="keyed" if chance.random() < 1 / 6 else "",
            kills=chance.random() < 1 / 3,
            loses_database=chance.random() < 1 / 4,
        )

    def begin(self, accounts: dict[str, Account]) -> None:
        """Break it."""
        for account in accounts.values():
            account.server.fault_share = self.share
            account.is_revoked = account.name == self.revoked
        if self.refused and self.refused != self.revoked:
            accounts[self.refused].server.break_next(Fault(reply=REFUSED), is_new_post)


def is_new_post(request: Request) -> bool:
    """Whether a request makes a post on Mastodon."""
    return request.method == "POST" and request.path == "/api/v1/statuses"


def write_schedule(folder: Path, days: int) -> dict[str, Any]:
    """Events on each of so many days; returns the settings that name them."""
    lines = [
        "defaults:",
        '  {max_per_day: 3, spacing: 0m, timezone: UTC, cards: none, post_at: ["09:00", "13:00"]}',
        "accounts:",
        *(f"  - {{network: {network}, name: {name}}}" for name, network in NETWORKS.items()),
        "missions:",
        "  - id: soak",
        "    name: Soak",
        "    events:",
    ]
    for day in list_days(days):
        for number in range(EVENTS_A_DAY):
            at = day.replace(year=EVENT_YEAR)
            title = f"Event {day} number {number} takes place"
            lines.append(
                f"      - {{id: e-{day:%m-%d}-{number}, at: {at}, title: {title}, sources: s}}"
            )
    (folder / "schedule.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    return {
        "PERIHELION_SCHEDULE": str(folder / "schedule.yaml"),
        "PERIHELION_TEMPLATES": str(write_templates(folder)),
    }


def list_days(days: int) -> list[date]:
    """The days that are played."""
    return [FIRST_DAY + timedelta(days=number) for number in range(days)]
