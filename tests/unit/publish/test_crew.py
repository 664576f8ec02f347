"""The threads that carry requests."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from perihelion.publish.request_pool import RequestPool

if TYPE_CHECKING:
    from collections.abc import Iterator

SOON = 20.0


def test_jobs_come_back_with_their_answers_or_with_what_was_raised() -> None:
    def halve(number: int) -> float:
        return 10 / number

    crew: RequestPool[int, float] = RequestPool(2, halve)
    for number in (1, 2, 0):
        crew.submit(number)
    answers: dict[int, float | Exception] = {}
    while len(answers) < 3:
        answers |= dict(crew.results(SOON))
    assert (answers[1], answers[2]) == (10, 5)
    assert isinstance(answers[0], ZeroDivisionError)
    crew.close()


def test_jobs_run_side_by_side_and_no_more_than_there_are_hands() -> None:
    meet = threading.Barrier(2)
    threads: set[str] = set()

    def work(_job: int) -> int:
        threads.add(threading.current_thread().name)
        return meet.wait(SOON)

    crew: RequestPool[int, int] = RequestPool(2, work)
    for number in range(4):
        crew.submit(number)
    done: list[tuple[int, int | Exception]] = []
    while len(done) < 4:
        done += crew.results(SOON)
    assert len(threads) == 2
    crew.close()


def test_a_wake_up_ends_the_waiting_with_nothing() -> None:
    crew: RequestPool[int, int] = RequestPool(1, lambda job: job)
    crew.wake()
    assert crew.results(SOON) == []
    assert crew.results(0) == []


def test_dismissed_threads_end_and_none_keeps_the_process_alive() -> None:
    crew: RequestPool[int, threading.Thread] = RequestPool(
        1, lambda _job: threading.current_thread()
    )
    crew.submit(1)
    ((_job, thread),) = crew.results(SOON)
    assert isinstance(thread, threading.Thread)
    assert thread.daemon
    crew.close()
    thread.join(SOON)
    assert not thread.is_alive()


def test_answers_that_come_soon_after_one_another_are_taken_together() -> None:
    crew: RequestPool[int, int] = RequestPool(4, lambda job: job)
    crew._mean_job_seconds = crew._mean_handling_seconds = (
        1.0  # slow network and ledger: answers wait for each other
    )
    for number in range(4):
        crew.submit(number)
    taken = crew.results(SOON)
    while len(taken) < 4:  # on a machine too busy to run four threads in time
        taken += crew.results(SOON)
    assert sorted(job for job, _answer in taken) == [0, 1, 2, 3]
    crew.close()


@contextmanager
def one_of_two_done() -> Iterator[RequestPool[int, bool]]:
    """Job 0 is done at once; job 1 when the test is over."""
    hold = threading.Event()
    crew: RequestPool[int, bool] = RequestPool(2, lambda job: job == 0 or hold.wait(SOON))
    crew.submit(0)
    crew.submit(1)
    yield crew
    hold.set()
    crew.close()


def test_an_answer_waits_for_no_other_once_somebody_calls() -> None:
    with one_of_two_done() as crew:
        crew._mean_job_seconds = crew._mean_handling_seconds = 1000 * SOON
        crew.wake()
        taken = crew.results(SOON)
        while not taken:
            taken = crew.results(SOON)
        assert [job for job, _answer in taken] == [0]


def test_an_answer_waits_for_no_other_where_the_last_ones_were_dealt_with_at_once() -> None:
    with one_of_two_done() as crew:
        crew._mean_job_seconds = 1000 * SOON
        assert [job for job, _answer in crew.results(SOON)] == [0]


def test_a_job_given_apart_waits_for_no_hand() -> None:
    hold = threading.Event()
    crew: RequestPool[int, bool] = RequestPool(1, lambda job: job > 0 or hold.wait(SOON))
    crew.submit(0)
    crew.submit_isolated(1)
    assert [job for job, _answer in crew.results(SOON)] == [1]
    hold.set()
    assert [job for job, _answer in crew.results(SOON)] == [0]
    crew.close()


def test_what_nobody_has_begun_can_be_taken_back() -> None:
    hold, begun = threading.Event(), threading.Event()

    def work(_job: int) -> bool:
        begun.set()
        return hold.wait(SOON)

    crew: RequestPool[int, bool] = RequestPool(1, work)
    for number in range(3):
        crew.submit(number)
    assert begun.wait(SOON)
    assert crew.pending_count == 2
    assert crew.cancel_pending() == [1, 2]
    assert (crew.pending_count, crew.cancel_pending()) == (0, [])
    hold.set()
    assert [job for job, _answer in crew.results(SOON)] == [0]
    crew.close()


def test_no_answer_waits_for_what_was_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    crew: RequestPool[int, int] = RequestPool(0, lambda job: job)  # nobody takes the jobs up
    crew._mean_job_seconds = crew._mean_handling_seconds = 1000 * SOON
    for number in range(3):
        crew.submit(number)
    assert crew.cancel_pending() == [0, 1, 2]
    crew.submit_isolated(3)
    slept: list[float] = []
    monkeypatch.setattr("perihelion.publish.request_pool.time.sleep", slept.append)
    assert crew.results(SOON) == [(3, 3)]
    assert slept == []


def test_while_every_hand_is_stuck_others_do_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perihelion.publish.request_pool.STUCK_SECONDS", 0.02)
    hold = threading.Event()
    crew: RequestPool[int, bool] = RequestPool(1, lambda job: job > 0 or hold.wait(SOON))
    for number in range(3):
        crew.submit(number)
    done: set[int] = set()
    while len(done) < 2:
        done |= {job for job, _answer in crew.results(None)}
    assert done == {1, 2}
    hold.set()
    crew.close()


def test_answers_wait_for_each_other_while_enough_jobs_wait_for_a_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crew: RequestPool[int, int] = RequestPool(0, lambda job: job)  # nobody takes the jobs up
    for number in range(3):
        crew.submit(number)
    crew.max_threads = 4
    crew._finished.put((3, 3))

    def look_later(_seconds: float) -> None:
        crew._finished.put((4, 4))
        crew.cancel_pending()

    monkeypatch.setattr("perihelion.publish.request_pool.time.sleep", look_later)
    assert crew.results(SOON) == [(3, 3), (4, 4)]
    crew._outstanding, crew._mean_job_seconds = 2, 0.0
    crew._finished.put((5, 5))
    assert crew.results(SOON) == [(5, 5)], (
        "where none wait for a hand, the hands wait for the answers"
    )


def test_it_learns_how_long_its_caller_is_busy_with_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crew: RequestPool[int, int] = RequestPool(1, lambda job: job)
    crew.submit(1)
    assert crew.results(SOON)
    now = crew._handed_over_at or 0.0
    monkeypatch.setattr("perihelion.publish.request_pool.time.monotonic", lambda: now + 0.4)
    crew.results(0)
    crew.results(0)
    assert crew._mean_handling_seconds == pytest.approx(0.1), "a quarter of what is new, and once"
    crew.close()
