from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.model.accounts import Account
from perihelion.model.errors import ConfigurationError
from perihelion.model.posts import Media, Post
from perihelion.model.source_location import SourceLocation
from perihelion.networks.x.budget import Budget, OverBudget, read_budget
from perihelion.networks.x.costs import (
    PRICES,
    calculate_price,
    decide_budget,
    has_link,
    month_of,
    remove_links,
)

LINKED = Post(
    "A year in space ended today.\n\nMore: https://example.org/landing\n#ISS",
    "en",
    "2027-03-02T15:00:00Z",
    links=("https://example.org/landing",),
    tags=("ISS",),
)
NOW = datetime(2027, 3, 2, 15, tzinfo=UTC)
PLAIN = replace(LINKED, text="A year in space ended today.", links=())


def make_x_account(**options: str) -> Account:
    return Account(
        "x", "x", options=tuple(options.items()), location=SourceLocation("schedule.yaml", 4, 5)
    )


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("A year in space", "0.015"),
        ("More: https://example.org/landing", "0.200"),
        ("More on example.org", "0.200"),
        ("Orbit no. 5.Landing, 3.5 g", "0.015"),
        ("mail@example.org #example.org", "0.015"),
    ],
)
def test_a_link_makes_a_post_dearer_a_bare_domain_too(text: str, cost: str) -> None:
    assert calculate_price(replace(PLAIN, text=text)) == Decimal(cost)


def test_a_described_picture_costs_its_alt_text() -> None:
    picture = Media("landing.png", "A capsule")
    assert calculate_price(replace(PLAIN, pictures=(picture,))) == Decimal("0.020")
    assert calculate_price(replace(LINKED, pictures=(picture,))) == Decimal("0.205")
    assert calculate_price(replace(PLAIN, pictures=(replace(picture, alt=""),))) == Decimal("0.015")


def test_each_described_picture_costs_its_alt_text() -> None:
    picture, bare = Media("landing.png", "A capsule"), Media("crew.png", "")
    post = replace(PLAIN, pictures=(picture, bare, picture, picture))
    assert calculate_price(post) == Decimal("0.030")


def test_other_prices_may_be_given() -> None:
    dearer = replace(PRICES, post=Decimal(1))
    assert calculate_price(PLAIN, dearer) == Decimal(1)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Landed: https://example.org", "Landed"),
        ("Landed\n\nMore: https://example.org\n#ISS", "Landed\n\nMore\n#ISS"),
        ("Landed\nhttps://example.org\n\n#ISS", "Landed\n\n#ISS"),
        ("Landed (https://example.org)", "Landed"),
        ("Landed → https://example.org/ä", "Landed"),
        ("Landed \u2013 https://a.org https://b.org", "Landed"),
        ("See https://example.org for more", "See for more"),
        ("See example.org: it says all", "See : it says all"),
    ],
)
def test_what_leads_up_to_a_link_goes_with_it(text: str, left: str) -> None:
    shorter = remove_links(replace(LINKED, text=text))
    assert shorter
    assert shorter.text == left
    assert shorter.links == ()


def test_nothing_is_left_of_a_post_that_is_only_a_link() -> None:
    assert remove_links(replace(LINKED, text="→ https://example.org")) is None


@given(st.text(st.sampled_from("a .:/\n#é宇https://example.org()"), max_size=60))
def test_no_link_survives_and_the_price_falls(text: str) -> None:
    post = replace(LINKED, text=text)
    shorter = remove_links(post)
    if shorter is not None:
        assert calculate_price(shorter) <= calculate_price(post)
        assert shorter.key == post.key
        if not has_link(text):
            assert [*map(str.split, shorter.text.split())] == [*map(str.split, text.split())]


@given(
    st.decimals(0, 6, places=3),
    st.decimals("0.001", 6, places=3),
    st.sampled_from(OverBudget),
    st.sampled_from([LINKED, PLAIN]),
)
def test_the_budget_is_never_exceeded(
    spent: Decimal, amount: Decimal, over: OverBudget, post: Post
) -> None:
    decision = decide_budget(spent, Budget(amount, over), post, NOW)
    assert decision.post is None or spent + calculate_price(decision.post) <= amount
    assert (decision.post is None) == (decision.wait_until is not None)
    assert (decision.post == post) == (decision.reason == "")
    if spent + calculate_price(post) <= amount:
        assert decision.post == post


def test_without_a_budget_every_post_goes_out() -> None:
    assert decide_budget(Decimal(1000), None, LINKED, NOW).post == LINKED


def test_links_are_dropped_where_only_that_keeps_within_the_budget() -> None:
    budget = Budget(Decimal("5.00"), OverBudget.DROP_LINKS)
    assert decide_budget(Decimal("4.80"), budget, LINKED, NOW).post == LINKED
    decision = decide_budget(Decimal("4.81"), budget, LINKED, NOW)
    assert decision.post
    assert "example.org" not in decision.post.text
    assert calculate_price(decision.post) == Decimal("0.015")
    assert decision.reason == "without links: 0.190 of 5.00 USD left this month"
    assert decide_budget(Decimal("4.99"), budget, LINKED, NOW).post is None


def test_a_post_waits_where_the_rule_says_so() -> None:
    decision = decide_budget(Decimal("4.81"), Budget(Decimal("5.00")), LINKED, NOW)
    assert decision.post is None
    assert "0.190 of 5.00 USD left" in decision.reason


def test_the_options_of_an_account_make_its_budget() -> None:
    assert read_budget(make_x_account()) is None
    assert read_budget(make_x_account(budget="5.00")) == Budget(Decimal("5.00"), OverBudget.WAIT)
    dropping = read_budget(make_x_account(budget="12", over_budget="drop-links"))
    assert dropping == Budget(Decimal(12), OverBudget.DROP_LINKS)


@pytest.mark.parametrize(
    "options",
    [
        {"budget": "free"},
        {"budget": "-5"},
        {"budget": "0"},
        {"budget": "0.00"},
        {"budget": "1e3"},
        {"budget": "5,00"},
        {"budget": "NaN"},
        {"budget": "5", "over_budget": "beg"},
        {"over_budget": "wait"},
    ],
)
def test_a_budget_that_is_none_is_a_mistake_at_its_account(options: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_budget(make_x_account(**options))
    assert str(caught.value).startswith("schedule.yaml:4:5: account x: option ")


@pytest.mark.parametrize(
    ("instant", "first", "following"),
    [
        (datetime(2027, 2, 28, 23, 59, tzinfo=UTC), (2027, 2), (2027, 3)),
        (datetime(2027, 12, 31, tzinfo=UTC), (2027, 12), (2028, 1)),
        (datetime(2027, 1, 1, tzinfo=UTC), (2027, 1), (2027, 2)),
    ],
)
def test_a_budget_holds_for_a_calendar_month(
    instant: datetime, first: tuple[int, int], following: tuple[int, int]
) -> None:
    begin, end = month_of(instant)
    assert begin == datetime(*first, 1, tzinfo=UTC)
    assert end == datetime(*following, 1, tzinfo=UTC)
    assert begin <= instant < end
    assert month_of(end - timedelta(microseconds=1)) == (begin, end)
