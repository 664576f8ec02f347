"""How times are kept apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from perihelion.almanac.spacing import Blocked, Room, arrange_times

MIDNIGHT = datetime(2027, 3, 2, tzinfo=UTC)
TWENTY = timedelta(minutes=20)
DAY = Room(MIDNIGHT, MIDNIGHT + timedelta(hours=23))


def at(text: str) -> datetime:
    hours, minutes = text.split(":")
    return MIDNIGHT + timedelta(hours=int(hours), minutes=int(minutes))


def arrange(*wanted: str, room: Room = DAY) -> list[str]:
    times = arrange_times([at(one) for one in wanted], TWENTY, room)
    return [f"{one:%H:%M}" for one in times]


def block(begins: str, ends: str) -> Room:
    return Room(DAY.first, DAY.last, (Blocked(at(begins), at(ends)),))


def test_what_is_far_enough_apart_stays_where_it_is() -> None:
    assert arrange("09:00", "09:20", "18:00") == ["09:00", "09:20", "18:00"]


def test_what_is_too_near_is_put_off() -> None:
    assert arrange("09:00", "09:00", "09:30") == ["09:00", "09:20", "09:40"]


def test_nothing_is_placed_in_a_blocked_span() -> None:
    assert arrange("09:00", "09:00", room=block("08:55", "09:35")) == ["09:35", "09:55"]


def test_what_does_not_fit_before_the_end_is_brought_forward() -> None:
    assert arrange("22:50", "22:50", "22:50") == ["22:20", "22:40", "23:00"]
    assert arrange("22:50", "22:50", room=block("22:45", "23:30")) == ["22:25", "22:45"]


def test_too_many_for_the_whole_room_are_spread_evenly() -> None:
    hour = Room(MIDNIGHT, MIDNIGHT + timedelta(hours=1))
    assert arrange(*["00:30"] * 6, room=hour) == [f"00:{number}0" for number in range(6)]


def test_nothing_takes_no_time() -> None:
    assert arrange() == []


@given(
    wanted=st.lists(st.integers(0, 24 * 60), max_size=30).map(sorted),
    taken=st.lists(st.integers(0, 24 * 60), max_size=6),
)
def test_as_long_as_there_is_room_all_are_apart_and_in_order(
    wanted: list[int], taken: list[int]
) -> None:
    exact = [MIDNIGHT + timedelta(minutes=number) for number in taken]
    room = Room(DAY.first, DAY.last, tuple(Blocked(one - TWENTY, one + TWENTY) for one in exact))
    times = arrange_times([MIDNIGHT + timedelta(minutes=number) for number in wanted], TWENTY, room)
    assert len(times) == len(wanted)
    assert all(room.first <= one <= room.last for one in times)
    assert all(later - earlier >= TWENTY for earlier, later in pairwise(times))
    assert all(abs(one - other) >= TWENTY for one in times for other in exact)
