"""The keys of replays: what they become, and the mistakes in and between them."""

from __future__ import annotations

import pytest

from perihelion.model.missions import DayCounter
from perihelion.model.moments import REPLAY_LATE, LatePolicy
from perihelion.model.year_rules import EVERY_YEAR, NO_YEARS, ROUND_YEARS, YearsRule
from perihelion.schedule.load import parse_schedule
from tests.fakes.schedule_texts import FILE, find_mistakes_with_messages

EVENTS = """
    events:
      - {id: launch, at: 2015-03-27, title: Launch, sources: GCAT, now: Lift-off.}
      - {id: salad, at: 2015-08-10, title: Salad, sources: GCAT, only: replay, late: 2h}
      - {id: landing, at: 2016-03-02, title: Landing, sources: GCAT}
"""
HEAD = "missions:\n  - id: m\n    name: M\n"


def make_text(*lines: str, account: str = "{network: local}") -> str:
    keys = "".join(f"    {line}\n" for line in lines)
    return f"{HEAD}{keys.rstrip()}{EVENTS}accounts: [{account}]\n"


def test_the_keys_of_a_replay_are_kept() -> None:
    text = make_text("replay: [12]", "counter: {from: launch, to: landing}")
    schedule = parse_schedule(text.encode(), FILE)
    (mission,) = schedule.missions
    assert mission.replay == YearsRule((12,))
    assert mission.counter == DayCounter("launch", "landing")
    launch, salad, _landing = schedule.events
    assert (launch.now, launch.only_replay) == ("Lift-off.", False)
    assert (salad.now, salad.only_replay) == ("", True)


def test_only_the_late_of_an_event_or_a_mission_holds_in_its_replay() -> None:
    defaults = "defaults: {late: 5h}\n"
    for mission, lates in (
        ("tags: []", [REPLAY_LATE, LatePolicy(7200), REPLAY_LATE]),
        ("late: 3h", [LatePolicy(10_800), LatePolicy(7200), LatePolicy(10_800)]),
    ):
        schedule = parse_schedule((defaults + make_text("replay: 12", mission)).encode(), FILE)
        assert [event.replay_late for event in schedule.events] == lates
    assert [event.late.seconds for event in schedule.events] == [10_800, 7200, 10_800]


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("every", EVERY_YEAR),
        ("round", ROUND_YEARS),
        ("12", YearsRule((12,))),
        ("[1, 5]", YearsRule((1, 5))),
    ],
)
def test_a_rule_chooses_among_the_numbers_of_years(written: str, rule: YearsRule) -> None:
    text = make_text(f"replay: {written}", account=f"{{network: local, replays: {written}}}")
    schedule = parse_schedule(text.encode(), FILE)
    assert schedule.missions[0].replay == schedule.accounts[0].replays == rule
    chosen = [count for count in (1, 2, 5, 12, 25) if rule.includes(count)]
    expected = {"every": [1, 2, 5, 12, 25], "round": [1, 5, 25], "12": [12], "[1, 5]": [1, 5]}
    assert chosen == expected[written]


@pytest.mark.parametrize(("written", "rule"), [("true", EVERY_YEAR), ("false", NO_YEARS)])
def test_an_account_takes_part_or_does_not(written: str, rule: YearsRule) -> None:
    text = make_text("replay: every", account=f"{{network: local, replays: {written}}}")
    assert parse_schedule(text.encode(), FILE).accounts[0].replays == rule


@pytest.mark.parametrize(
    ("lines", "at", "code", "says"),
    [
        (["replay: sometimes"], (4, 13), "bad-years", "write `every`, `round`, or a list"),
        (["replay: true"], (4, 13), "bad-years", "write `every`, `round`, or a list"),
        (["replay: [0]"], (4, 14), "bad-number", "from 1 to 1000"),
        (["replay: 1001"], (4, 13), "bad-number", "from 1 to 1000"),
        (["replay: []"], (4, 13), "empty", "at least one"),
        (["replay: {a: b}"], (4, 13), "wrong-type", "a list of numbers of years"),
        (["tags: []"], (7, 72), "bad-only", "its mission has no `replay`"),
        (["replay: 1", "counter: launch"], (5, 14), "wrong-type", "a counter, a mapping"),
        (["replay: 1", "counter: {from: launch}"], (5, 14), "missing-key", "needs `to`"),
        (
            ["replay: 1", "counter: {from: lunch, to: landing}"],
            (5, 21),
            "bad-counter",
            "no event `lunch`; did you mean `launch`?",
        ),
        (
            ["replay: 1", "counter: {from: launch, to: end}"],
            (5, 33),
            "bad-counter",
            "no event `end`",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(
    lines: list[str], at: tuple[int, int], code: str, says: str
) -> None:
    ((line, column, found, message),) = find_mistakes_with_messages(make_text(*lines))
    assert ((line, column), found) == (at, code)
    assert says in message


def test_a_counter_without_a_replay_is_a_mistake() -> None:
    text = make_text("counter: {from: launch, to: landing}").replace("only: replay, ", "")
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (4, 5, "bad-counter")
    assert "add `replay`" in message


def test_an_event_is_only_for_replays_or_for_all() -> None:
    text = make_text("replay: 1").replace("only: replay", "only: anniversary")
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (7, 72, "bad-choice")
    assert "use one of `replay`" in message


def test_an_account_has_no_other_word_for_replays() -> None:
    text = make_text("replay: 1", account="{network: local, replays: no}")
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (9, 38, "bad-years")
    assert "`true`, `false`" in message


def test_the_posts_of_a_day_answer_each_other_where_the_mission_says_so() -> None:
    for line, expected in (
        ("threads: same-day", True),
        ("threads: none", False),
        ("tags: []", False),
    ):
        text = make_text("replay: 1", line)
        assert parse_schedule(text.encode(), FILE).missions[0].has_day_threads is expected


def test_a_story_has_its_parts_in_each_language() -> None:
    more = (
        "now: Lift-off., parts: [One., Two.], translations: {de: {title: T, parts: [Eins., Zwei.]}}"
    )
    text = make_text("replay: 1").replace("now: Lift-off.", more)
    launch = parse_schedule(text.encode(), FILE).events[0]
    assert launch.parts == ("One.", "Two.")
    assert dict(launch.translations)["de"].parts == ("Eins.", "Zwei.")


@pytest.mark.parametrize(
    ("written", "column", "code"),
    [
        ("parts: One.", 75, "wrong-type"),
        ("parts: []", 75, "empty"),
        ("parts: [One., [Two.]]", 82, "wrong-type"),
        (f"parts: [{', '.join('abcdefghi')}]", 100, "too-many"),
        ("translations: {de: {title: T, parts: Eins.}}", 105, "wrong-type"),
    ],
)
def test_a_mistake_in_parts_is_told_at_its_place(written: str, column: int, code: str) -> None:
    text = make_text("replay: 1").replace("now: Lift-off.", written)
    ((line, found_column, found, _message),) = find_mistakes_with_messages(text)
    assert (line, found_column, found) == (6, column, code)


def test_another_kind_of_thread_is_a_mistake() -> None:
    text = make_text("replay: 1", "threads: weekly")
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (5, 14, "bad-choice")
    assert "`same-day`" in message
