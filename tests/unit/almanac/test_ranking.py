"""Which anniversaries of one day come first."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.almanac.ranking import (
    TURN_YEARS,
    choose_ranks,
    count_in_years,
    count_round_points,
    rank_anniversaries,
)
from perihelion.model.anniversaries import Anniversary
from perihelion.model.moments import CountMode, Tone
from perihelion.model.units import Unit
from tests.fakes.almanac_strategies import no_deadline
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from random import Random

DAY = date(2069, 7, 20)


def make_anniversary(
    count: int,
    name: str = "event",
    importance: int = 3,
    at: str = "",
    tone: Tone = Tone.PLAIN,
) -> Anniversary:
    at = f"{DAY.year - count}-07-20{at}"
    one = make_event(id=name, at=at, importance=importance, tone=tone)
    return Anniversary(one, count, Unit.YEARS, DAY)


def rank_ids(*anniversaries: Anniversary) -> list[str]:
    return [ranked.anniversary.event.id for ranked in rank_anniversaries(anniversaries)]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((100, 3), (50, 3)),
        ((50, 3), (75, 3)),
        ((25, 3), (40, 3)),
        ((10, 3), (15, 3)),
        ((5, 3), (7, 3)),
        ((1, 3), (2, 3)),
        ((50, 3), (37, 4)),
        ((37, 4), (10, 2)),
        ((58, 5), (15, 1)),
        ((37, 4), (100, 1)),
    ],
)
def test_importance_and_the_roundness_of_the_number_add_up(
    better: tuple[int, int], worse: tuple[int, int]
) -> None:
    ranked = rank_ids(
        make_anniversary(worse[0], "a", worse[1]), make_anniversary(better[0], "b", better[1])
    )
    assert ranked == ["b", "a"]


@pytest.mark.parametrize(
    ("one", "other"), [(1, 5), (5, 35), (10, 70), (25, 75), (50, 150), (100, 300), (2, 99)]
)
def test_equally_round_numbers_count_the_same(one: int, other: int) -> None:
    assert count_round_points(make_anniversary(one)) == count_round_points(make_anniversary(other))


def test_the_more_important_event_wins_among_equal_sums() -> None:
    footnote, history = make_anniversary(10, "a", 3), make_anniversary(11, "b", 4)
    assert rank_ids(footnote, history) == ["b", "a"]


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
    assert rank_ids(plain, make_anniversary(5, "fifth")) == ["fifth", "plain"]


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
        assert count_points(better) >= count_points(worse)


def count_points(anniversary: Anniversary) -> int:
    return 2 * anniversary.event.importance + count_round_points(anniversary)


def choose_ids(cap: int, year: int, *anniversaries: Anniversary) -> set[str]:
    ranked = rank_anniversaries(anniversaries)
    chosen = choose_ranks(ranked, cap, year)
    return {one.anniversary.event.id for one in ranked if one.rank in chosen}


def test_three_footnotes_with_round_numbers_do_not_push_out_the_moon_landing() -> None:
    moon = make_anniversary(58, "moon", 5)
    footnotes = [make_anniversary(count, f"footnote-{count}", 1) for count in (5, 10, 15)]
    for year in range(2027, 2027 + TURN_YEARS):
        chosen = choose_ids(3, year, moon, *footnotes)
        assert "moon" in chosen
        assert len(chosen) == 3


def test_the_cap_never_leaves_out_importance_5_or_a_memorial() -> None:
    great = [make_anniversary(count, f"great-{count}", 5) for count in (51, 52)]
    memorial = make_anniversary(53, "memorial", 1, tone=Tone.MEMORIAL)
    other = make_anniversary(100, "other", 4)
    chosen = choose_ids(2, 2027, *great, memorial, other)
    assert chosen == {"great-51", "great-52", "memorial"}


def test_a_cap_of_none_chooses_nothing() -> None:
    assert choose_ids(0, 2027, make_anniversary(58, "moon", 5)) == set()


@no_deadline
@given(
    grades=st.lists(st.integers(1, 4), min_size=1, max_size=TURN_YEARS),
    cap=st.integers(2, 4),
    first=st.integers(2027, 2060),
)
def test_within_twelve_years_each_event_of_a_day_is_chosen(  # at most one number a year is great
    grades: list[int], cap: int, first: int
) -> None:
    seen: set[str] = set()
    for year in range(first, first + TURN_YEARS):
        of_day = [
            make_anniversary(year - 2000 - 2 * number, f"e{number}", grade)
            for number, grade in enumerate(grades)
        ]
        chosen = choose_ids(cap, year, *of_day)
        assert len(chosen) == min(cap, len(of_day))
        seen |= chosen
    assert len(seen) == len(grades)


def test_a_turn_takes_the_last_place_and_that_of_a_great_number_only_if_all_are() -> None:
    of_day = [make_anniversary(count, f"e{count}", 4) for count in (50, 41, 42)]
    footnote = make_anniversary(43, "a", 1)
    assert choose_ids(2, 12 * 170, *of_day, footnote) == {"e50", "a"}
    assert choose_ids(1, 12 * 170, *of_day, footnote) == {"a"}
    assert choose_ids(2, 12 * 170 - 1, *of_day, footnote) == {"e50", "e42"}
