"""The threads that carry requests."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from perihelion.publish.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Iterator

SOON = 20.0


def test_jobs_come_back_with_their_answers_or_with_what_was_raised() -> None:
    def halve(number: int) -> float:
        return 10 / number

    crew: Crew[int, float] = Crew(2, halve)
    for number in (1, 2, 0):
        crew.give(number)
    answers: dict[int, float | Exception] = {}
    while len(answers) < 3:
        answers |= dict(crew.take(SOON))
    assert (answers[1], answers[2]) == (10, 5)
    assert isinstance(answers[0], ZeroDivisionError)
    crew.dismiss()


def test_jobs_run_side_by_side_and_no_more_than_there_are_hands() -> None:
    meet = threading.Barrier(2)
    threads: set[str] = set()

    def work(_job: int) -> int:
        threads.add(threading.current_thread().name)
        return meet.wait(SOON)

    crew: Crew[int, int] = Crew(2, work)
    for number in range(4):
        crew.give(number)
    done: list[tuple[int, int | Exception]] = []
    while len(done) < 4:
        done += crew.take(SOON)
    assert len(threads) == 2
    crew.dismiss()


def test_a_wake_up_ends_the_waiting_with_nothing() -> None:
    crew: Crew[int, int] = Crew(1, lambda job: job)
    crew.wake()
    assert crew.take(SOON) == []
    assert crew.take(0) == []


def test_dismissed_threads_end_and_none_keeps_the_process_alive() -> None:
    crew: Crew[int, threading.Thread] = Crew(1, lambda _job: threading.current_thread())
    crew.give(1)
    ((_job, thread),) = crew.take(SOON)
    assert isinstance(thread, threading.Thread)
    assert thread.daemon
    crew.dismiss()
    thread.join(SOON)
    assert not thread.is_alive()


def test_answers_that_come_soon_after_one_another_are_taken_together() -> None:
    crew: Crew[int, int] = Crew(4, lambda job: job)
    crew._usual = crew._busy = 1.0  # slow network and ledger: answers wait for each other
    for number in range(4):
        crew.give(number)
    taken = crew.take(SOON)
    while len(taken) < 4:  # on a machine too busy to run four threads in time
        taken += crew.take(SOON)
    assert sorted(job for job, _answer in taken) == [0, 1, 2, 3]
    crew.dismiss()


@contextmanager
def one_of_two_done() -> Iterator[Crew[int, bool]]:
    """Job 0 is done at once; job 1 when the test is over."""
    hold = threading.Event()
    crew: Crew[int, bool] = Crew(2, lambda job: job == 0 or hold.wait(SOON))
    crew.give(0)
    crew.give(1)
    yield crew
    hold.set()
    crew.dismiss()


def test_an_answer_waits_for_no_other_once_somebody_calls() -> None:
    with one_of_two_done() as crew:
        crew._usual = crew._busy = 1000 * SOON
        crew.wake()
        taken = crew.take(SOON)
        while not taken:
            taken = crew.take(SOON)
        assert [job for job, _answer in taken] == [0]


def test_an_answer_waits_for_no_other_where_the_last_ones_were_dealt_with_at_once() -> None:
    with one_of_two_done() as crew:
        crew._usual = 1000 * SOON
        assert [job for job, _answer in crew.take(SOON)] == [0]


def test_a_job_given_apart_waits_for_no_hand() -> None:
    hold = threading.Event()
    crew: Crew[int, bool] = Crew(1, lambda job: job > 0 or hold.wait(SOON))
    crew.give(0)
    crew.give_apart(1)
    assert [job for job, _answer in crew.take(SOON)] == [1]
    hold.set()
    assert [job for job, _answer in crew.take(SOON)] == [0]
    crew.dismiss()


def test_what_nobody_has_begun_can_be_taken_back() -> None:
    hold, begun = threading.Event(), threading.Event()

    def work(_job: int) -> bool:
        begun.set()
        return hold.wait(SOON)

    crew: Crew[int, bool] = Crew(1, work)
    for number in range(3):
        crew.give(number)
    assert begun.wait(SOON)
    assert crew.waiting == 2
    assert crew.withdraw() == [1, 2]
    assert (crew.waiting, crew.withdraw()) == (0, [])
    hold.set()
    assert [job for job, _answer in crew.take(SOON)] == [0]
    crew.dismiss()


def test_no_answer_waits_for_what_was_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    crew: Crew[int, int] = Crew(0, lambda job: job)  # nobody takes the jobs up
    crew._usual = crew._busy = 1000 * SOON
    for number in range(3):
        crew.give(number)
    assert crew.withdraw() == [0, 1, 2]
    crew.give_apart(3)
    slept: list[float] = []
    monkeypatch.setattr("perihelion.publish.crew.time.sleep", slept.append)
    assert crew.take(SOON) == [(3, 3)]
    assert slept == []


def test_while_every_hand_is_stuck_others_do_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perihelion.publish.crew.STUCK", 0.02)
    hold = threading.Event()
    crew: Crew[int, bool] = Crew(1, lambda job: job > 0 or hold.wait(SOON))
    for number in range(3):
        crew.give(number)
    done: set[int] = set()
    while len(done) < 2:
        done |= {job for job, _answer in crew.take(None)}
    assert done == {1, 2}
    hold.set()
    crew.dismiss()


def test_answers_wait_for_each_other_while_enough_jobs_wait_for_a_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crew: Crew[int, int] = Crew(0, lambda job: job)  # nobody takes the jobs up
    for number in range(3):
        crew.give(number)
    crew.size = 4
    crew._inbox.put((3, 3))

    def look_later(_seconds: float) -> None:
        crew._inbox.put((4, 4))
        crew.withdraw()

    monkeypatch.setattr("perihelion.publish.crew.time.sleep", look_later)
    assert crew.take(SOON) == [(3, 3), (4, 4)]
    crew._given, crew._usual = 2, 0.0
    crew._inbox.put((5, 5))
    assert crew.take(SOON) == [(5, 5)], "where none wait for a hand, the hands wait for the answers"


def test_it_learns_how_long_its_caller_is_busy_with_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crew: Crew[int, int] = Crew(1, lambda job: job)
    crew.give(1)
    assert crew.take(SOON)
    now = crew._taken or 0.0
    monkeypatch.setattr("perihelion.publish.crew.time.monotonic", lambda: now + 0.4)
    crew.take(0)
    crew.take(0)
    assert crew._busy == pytest.approx(0.1), "a quarter of what is new, and once"
    crew.dismiss()
