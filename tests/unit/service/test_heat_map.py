"""A year as a heat map, on a terminal and as a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from perihelion.almanac.calendar import Calendar
from perihelion.model.accounts import Account
from perihelion.model.moments import Tone
from perihelion.service.heat_map import choose_level, view_year
from perihelion.service.heat_map_page import describe_day, render_year_page
from perihelion.service.heat_map_text import ASCII, UNICODE, draw_heat_map, summarize_year
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from perihelion.service.heat_map import YearDay

ACCOUNT = replace(Account("local", "local"), max_per_day=2)


@pytest.fixture(scope="module")
def days() -> list[YearDay]:
    busy = [make_event(id=f"busy-{n}", at="1971-03-02", importance=3) for n in range(5)]
    events = [
        *busy,
        make_event(id="leap", at="2016-02-29"),
        make_event(id="fire", at="1967-01-27", tone=Tone.MEMORIAL),
        make_event(id="fifty", at="1978-12-31", title="<b>Fifty</b>"),
    ]
    return view_year(Calendar(events), ACCOUNT, 2028)


def find_day(days: list[YearDay], month: int, day: int) -> YearDay:
    (found,) = (one for one in days if one.day == date(2028, month, day))
    return found


def test_a_day_knows_whether_it_is_empty_full_or_special(days: list[YearDay]) -> None:
    assert len(days) == 366
    assert find_day(days, 1, 1).dues == ()
    busy = find_day(days, 3, 2)
    assert (busy.level, busy.posts, busy.is_full) == (4, 2, True)
    assert find_day(days, 1, 27).has_memorial
    assert [due.anniversary.count for due in find_day(days, 12, 31).great] == [50]
    assert find_day(days, 2, 29).level == 1


def test_more_than_four_events_have_the_darkest_shade() -> None:
    assert [choose_level(number) for number in (0, 1, 4, 9)] == [0, 1, 4, 4]


@pytest.mark.parametrize("symbols", [UNICODE, ASCII])
def test_a_terminal_of_eighty_columns_shows_each_day(
    days: list[YearDay], symbols: tuple[str, ...]
) -> None:
    from click import unstyle  # noqa: PLC0415 - only here

    shown = UNICODE if symbols == UNICODE else ASCII
    lines = [unstyle(line) for line in draw_heat_map(days, shown)]
    assert max(map(len, lines)) <= 66
    months = {line[:3]: line[4:] for line in lines[1:13]}
    assert list(months) == [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ]
    assert len(months["Feb"]) == 2 * 29
    assert months["Jan"][52:54] == shown.shades[1] + shown.memorial
    assert months["Mar"][2:4] == shown.shades[4] + shown.full
    assert months["Dec"][60:62] == shown.shades[1] + shown.great


def test_the_year_is_summarized(days: list[YearDay]) -> None:
    assert list(summarize_year(days)) == [
        "2028: 8 events, 5 posts",
        "  362 days empty",
        "  1 day full, so that something is left out",
        "  1 day with a memorial",
        "  1 day with a great anniversary",
        "  the longest empty span is 303 days: 2028-03-03 to 2028-12-30",
    ]


def test_the_page_leads_from_each_day_to_what_it_holds(days: list[YearDay]) -> None:
    page = render_year_page(days, "local")
    assert 'class="level-4 full" href="#d2028-03-02"' in page
    assert 'id="d2028-03-02"' in page
    assert "&lt;b&gt;Fifty&lt;/b&gt; (50 years, importance 3)" in page
    assert "left out, over the daily cap" in page
    assert "http" not in page.partition("</style>")[2], "it needs no other file"
    assert describe_day(find_day(days, 1, 27)) == "27 January: 1 event, 1 post; a memorial"
