"""Which anniversaries of one day come first."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.almanac.ranking import count_in_years, rank_anniversaries, roundness_tier
from perihelion.model.anniversaries import Anniversary
from perihelion.model.moments import CountMode
from perihelion.model.units import Unit
from tests.fakes.almanac_strategies import no_deadline
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from random import Random

DAY = date(2069, 7, 20)


def make_anniversary(
    count: int, name: str = "event", importance: int = 3, at: str = ""
) -> Anniversary:
    one = make_event(id=name, at=f"{DAY.year - count}-07-20{at}", importance=importance)
    return Anniversary(one, count, Unit.YEARS, DAY)


def rank_ids(*anniversaries: Anniversary) -> list[str]:
    return [ranked.anniversary.event.id for ranked in rank_anniversaries(anniversaries)]


@pytest.mark.parametrize(
    ("rounder", "less_round"),
    [(100, 50), (200, 150), (50, 75), (25, 40), (10, 15), (60, 65), (5, 7), (1, 2), (10, 1)],
)
def test_the_rounder_number_of_years_outranks_any_importance(rounder: int, less_round: int) -> None:
    footnote, history = (
        make_anniversary(rounder, "rounder", 1),
        make_anniversary(less_round, "less", 5),
    )
    assert rank_ids(history, footnote) == ["rounder", "less"]


@pytest.mark.parametrize(
    ("one", "other"), [(1, 5), (5, 35), (10, 70), (25, 75), (50, 150), (100, 300), (2, 99)]
)
def test_equally_round_numbers_are_of_one_tier(one: int, other: int) -> None:
    assert roundness_tier(one) == roundness_tier(other)


def test_the_more_important_event_wins_among_equally_round_ones() -> None:
    assert rank_ids(
        make_anniversary(20, "a", 3), make_anniversary(10, "b", 5), make_anniversary(30, "c", 4)
    ) == ["b", "c", "a"]


def test_the_older_event_wins_among_equally_important_ones() -> None:
    assert rank_ids(
        make_anniversary(10, "a"), make_anniversary(30, "b"), make_anniversary(20, "c")
    ) == ["b", "c", "a"]


def test_the_earlier_instant_of_one_day_wins_and_then_the_name() -> None:
    landing, undocking = (
        make_anniversary(10, "a", at="T04:26Z"),
        make_anniversary(10, "b", at="T01:02Z"),
    )
    assert rank_ids(landing, undocking) == ["b", "a"]
    assert rank_ids(make_anniversary(10, "b"), make_anniversary(10, "a")) == ["a", "b"]


@pytest.mark.parametrize(
    ("count", "unit", "years"),
    [
        (11, Unit.YEARS, 11),
        (10_000, Unit.DAYS, 25),
        (1_000_000, Unit.MINUTES, 25),
        (5_000, Unit.SOLS, 10),
        (500, Unit.SOLS, 5),
        (50, Unit.MARS_YEARS, 25),
        (10, Unit.MARS_YEARS, 10),
        (8, Unit.MARS_YEARS, 5),
    ],
)
def test_a_milestone_is_worth_a_number_of_years(count: int, unit: Unit, years: int) -> None:
    assert count_in_years(Anniversary(make_event(), count, unit, DAY)) == years


def test_a_day_without_a_count_is_as_little_round_as_can_be() -> None:
    plain = Anniversary(make_event(id="plain", count=CountMode.NONE), 100, Unit.YEARS, DAY)
    assert count_in_years(plain) is None
    assert rank_ids(plain, make_anniversary(5, "fifth", 1)) == ["fifth", "plain"]


def test_no_anniversaries_give_no_ranks() -> None:
    assert rank_anniversaries([]) == []


@no_deadline
@given(
    described=st.lists(
        st.tuples(
            st.sampled_from([1, 2, 5, 10, 20, 25, 50, 75, 99, 100]),
            st.integers(1, 5),
            st.sampled_from(["", "T00:00Z", "T12:00Z"]),
        ),
        max_size=12,
    ),
    order=st.randoms(use_true_random=False),
)
def test_ranks_count_from_one_and_do_not_depend_on_the_order_given(
    described: list[tuple[int, int, str]], order: Random
) -> None:
    anniversaries = [
        make_anniversary(count, f"e{number}", importance, at)
        for number, (count, importance, at) in enumerate(described)
    ]
    shuffled = list(anniversaries)
    order.shuffle(shuffled)
    ranked = rank_anniversaries(anniversaries)
    assert rank_anniversaries(shuffled) == ranked
    assert [one.rank for one in ranked] == list(range(1, len(ranked) + 1))
    assert {one.anniversary.event.id for one in ranked} == {one.event.id for one in anniversaries}
    for better, worse in pairwise(one.anniversary for one in ranked):
        assert (roundness_tier(better.count), -better.event.importance, -better.count) <= (
            roundness_tier(worse.count),
            -worse.event.importance,
            -worse.count,
        )
