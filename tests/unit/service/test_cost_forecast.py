"""What a year on X costs, and what this month has cost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.accounts import Account
from perihelion.model.posts import Post
from perihelion.service.cost_forecast import (
    MonthlyCost,
    forecast_costs,
    format_prices,
    list_spending,
)
from perihelion.service.wiring import App, open_app

if TYPE_CHECKING:
    import pytest

SCHEDULE = """
accounts:
  - {network: x, cards: none, links: always, options: %s}
missions:
  - id: m
    name: Mission
    events:
      - {id: plain, at: 2016-03-02, title: Kelly lands, sources: a test}
      - {id: linked, at: 2016-03-03, title: A link, links: "https://example.org/", sources: a test}
      - {id: later, at: 2016-07-04, title: Juno arrives, sources: a test}
"""
ROOT = Path(__file__).resolve().parents[3]
FIRST = date(2027, 3, 1)


def open_app_on_x(folder: Path, options: str) -> App:
    file = folder / "schedule.yaml"
    file.write_text(SCHEDULE % options, "utf-8")
    now = datetime(2027, 3, 15, tzinfo=UTC)
    environ = {
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_SCHEDULE": str(file),
        "PERIHELION_TEMPLATES": str(ROOT / "templates"),
    }
    return open_app(environ, at=now)


def test_a_year_is_told_by_months_for_an_account_that_is_not_even_set_up(tmp_path: Path) -> None:
    assert forecast_costs(open_app_on_x(tmp_path, "{}"), FIRST) == [
        MonthlyCost("x", "2027-03", posts=2, with_links=1, cost=Decimal("0.215"), waiting=0),
        MonthlyCost("x", "2027-07", posts=1, with_links=0, cost=Decimal("0.015"), waiting=0),
    ]


def test_what_a_budget_keeps_back_is_counted_and_costs_nothing(tmp_path: Path) -> None:
    months = forecast_costs(open_app_on_x(tmp_path, '{budget: "0.10"}'), FIRST)
    assert months[0] == MonthlyCost("x", "2027-03", 1, 0, Decimal("0.015"), waiting=1)


def test_what_goes_without_its_link_costs_as_much_as_any(tmp_path: Path) -> None:
    months = forecast_costs(
        open_app_on_x(tmp_path, '{budget: "0.10", over_budget: drop-links}'), FIRST
    )
    assert months[0] == MonthlyCost("x", "2027-03", 2, 0, Decimal("0.030"), waiting=0)


def test_the_month_s_spending_is_told_for_x_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = open_app_on_x(tmp_path, '{budget: "5.00"}')
    ledger = one.open_ledger()
    asked: list[tuple[str, datetime]] = []

    def posts_since(account: str, since: datetime) -> list[Post]:
        asked.append((account, since))
        return [Post("Kelly lands", "en", ""), Post("See example.org", "en", "")]

    monkeypatch.setattr(ledger, "list_posts_since", posts_since)
    (account,) = one.schedule.accounts
    assert list(list_spending(one, ledger, account)) == [
        "account x: 0.215 USD spent in March 2027 of 5.00, then wait"
    ]
    assert asked == [("x", datetime(2027, 3, 1, tzinfo=UTC))]
    assert list(list_spending(one, ledger, Account("mastodon", "mastodon"))) == []
    ledger.close()


def test_prices_are_told_with_their_day() -> None:
    assert format_prices().startswith("prices of 2026-06-08: a post 0.015 USD")
