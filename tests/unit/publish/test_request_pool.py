"""The threads that carry requests."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from perihelion.publish.request_pool import MAX_ISOLATED_THREADS, RequestPool

if TYPE_CHECKING:
    from collections.abc import Iterator

SOON = 20.0


def test_jobs_come_back_with_their_answers_or_with_what_was_raised() -> None:
    def divide_ten_by(number: int) -> float:
        return 10 / number

    pool: RequestPool[int, float] = RequestPool(2, divide_ten_by)
    for number in (1, 2, 0):
        pool.submit(number)
    answers: dict[int, float | Exception] = {}
    while len(answers) < 3:
        answers |= dict(pool.results(SOON))
    assert (answers[1], answers[2]) == (10, 5)
    assert isinstance(answers[0], ZeroDivisionError)
    pool.close()


def test_jobs_run_side_by_side_and_no_more_than_there_are_hands() -> None:
    meet = threading.Barrier(2)
    threads: set[str] = set()

    def meet_others(_job: int) -> int:
        threads.add(threading.current_thread().name)
        return meet.wait(SOON)

    pool: RequestPool[int, int] = RequestPool(2, meet_others)
    for number in range(4):
        pool.submit(number)
    done: list[tuple[int, int | Exception]] = []
    while len(done) < 4:
        done += pool.results(SOON)
    assert len(threads) == 2
    pool.close()


def test_a_wake_up_ends_the_waiting_with_nothing() -> None:
    pool: RequestPool[int, int] = RequestPool(1, lambda job: job)
    pool.wake()
    assert pool.results(SOON) == []
    assert pool.results(0) == []


def test_dismissed_threads_end_and_none_keeps_the_process_alive() -> None:
    pool: RequestPool[int, threading.Thread] = RequestPool(
        1, lambda _job: threading.current_thread()
    )
    pool.submit(1)
    ((_job, thread),) = pool.results(SOON)
    assert isinstance(thread, threading.Thread)
    assert thread.daemon
    pool.close()
    thread.join(SOON)
    assert not thread.is_alive()


def test_answers_that_come_soon_after_one_another_are_taken_together() -> None:
    pool: RequestPool[int, int] = RequestPool(4, lambda job: job)
    pool._mean_job_seconds = pool._mean_handling_seconds = (
        1.0  # slow network and ledger: answers wait for each other
    )
    for number in range(4):
        pool.submit(number)
    taken = pool.results(SOON)
    while len(taken) < 4:  # on a machine too busy to run four threads in time
        taken += pool.results(SOON)
    assert sorted(job for job, _answer in taken) == [0, 1, 2, 3]
    pool.close()


@contextmanager
def one_of_two_done() -> Iterator[RequestPool[int, bool]]:
    """Job 0 is done at once; job 1 when the test is over."""
    hold = threading.Event()
    pool: RequestPool[int, bool] = RequestPool(2, lambda job: job == 0 or hold.wait(SOON))
    pool.submit(0)
    pool.submit(1)
    yield pool
    hold.set()
    pool.close()


def test_an_answer_waits_for_no_other_once_somebody_calls() -> None:
    with one_of_two_done() as pool:
        pool._mean_job_seconds = pool._mean_handling_seconds = 1000 * SOON
        pool.wake()
        taken = pool.results(SOON)
        while not taken:
            taken = pool.results(SOON)
        assert [job for job, _answer in taken] == [0]


def test_an_answer_waits_for_no_other_where_the_last_ones_were_dealt_with_at_once() -> None:
    with one_of_two_done() as pool:
        pool._mean_job_seconds = 1000 * SOON
        assert [job for job, _answer in pool.results(SOON)] == [0]


def test_a_job_given_apart_waits_for_no_hand() -> None:
    hold = threading.Event()
    pool: RequestPool[int, bool] = RequestPool(1, lambda job: job > 0 or hold.wait(SOON))
    pool.submit(0)
    pool.submit_isolated(1)
    assert [job for job, _answer in pool.results(SOON)] == [1]
    hold.set()
    assert [job for job, _answer in pool.results(SOON)] == [0]
    pool.close()


def test_a_thousand_jobs_given_apart_take_some_dozens_of_threads() -> None:
    hold, threads = threading.Event(), set[int]()

    def note_thread(_job: int) -> bool:
        threads.add(threading.get_ident())
        return hold.wait(SOON)

    pool: RequestPool[int, bool] = RequestPool(1, note_thread)
    for number in range(1000):
        pool.submit_isolated(number)
    hold.set()
    done: set[int] = set()
    while len(done) < 1000:
        done |= {job for job, _answer in pool.results(SOON)}
    assert len(threads) <= MAX_ISOLATED_THREADS
    pool.close()


def test_what_nobody_has_begun_can_be_taken_back() -> None:
    hold, begun = threading.Event(), threading.Event()

    def begin_and_wait(_job: int) -> bool:
        begun.set()
        return hold.wait(SOON)

    pool: RequestPool[int, bool] = RequestPool(1, begin_and_wait)
    for number in range(3):
        pool.submit(number)
    assert begun.wait(SOON)
    assert pool.pending_count == 2
    assert pool.cancel_pending() == [1, 2]
    assert (pool.pending_count, pool.cancel_pending()) == (0, [])
    hold.set()
    assert [job for job, _answer in pool.results(SOON)] == [0]
    pool.close()


def test_no_answer_waits_for_what_was_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    pool: RequestPool[int, int] = RequestPool(0, lambda job: job)  # nobody takes the jobs up
    pool._mean_job_seconds = pool._mean_handling_seconds = 1000 * SOON
    for number in range(3):
        pool.submit(number)
    assert pool.cancel_pending() == [0, 1, 2]
    pool.submit_isolated(3)
    slept: list[float] = []
    monkeypatch.setattr("perihelion.publish.request_pool.time.sleep", slept.append)
    assert pool.results(SOON) == [(3, 3)]
    assert slept == []


def test_while_every_hand_is_stuck_others_do_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perihelion.publish.request_pool.STUCK_SECONDS", 0.02)
    hold = threading.Event()
    pool: RequestPool[int, bool] = RequestPool(1, lambda job: job > 0 or hold.wait(SOON))
    for number in range(3):
        pool.submit(number)
    done: set[int] = set()
    while len(done) < 2:
        done |= {job for job, _answer in pool.results(None)}
    assert done == {1, 2}
    hold.set()
    pool.close()


def test_jobs_that_find_no_thread_while_all_are_stuck_wait_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("perihelion.publish.request_pool.STUCK_SECONDS", 0.02)
    monkeypatch.setattr("perihelion.publish.request_pool.MAX_ISOLATED_THREADS", 1)
    hold, both_stuck = threading.Event(), threading.Semaphore(0)

    def begin_and_wait(_job: int) -> bool:
        both_stuck.release()
        return hold.wait(SOON)

    pool: RequestPool[int, bool] = RequestPool(1, begin_and_wait)
    for number in range(4):
        pool.submit(number)
    while pool.pending_count > 2:
        assert pool.results(0.05) == []
    assert both_stuck.acquire(timeout=SOON)
    assert both_stuck.acquire(timeout=SOON)
    hold.set()
    done: set[int] = set()
    while len(done) < 4:
        done |= {job for job, _answer in pool.results(SOON)}
    pool.close()


def test_answers_wait_for_each_other_while_enough_jobs_wait_for_a_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool: RequestPool[int, int] = RequestPool(0, lambda job: job)  # nobody takes the jobs up
    for number in range(3):
        pool.submit(number)
    pool.max_threads = 4
    pool._finished.put((3, 3))

    def look_later(_seconds: float) -> None:
        pool._finished.put((4, 4))
        pool.cancel_pending()

    monkeypatch.setattr("perihelion.publish.request_pool.time.sleep", look_later)
    assert pool.results(SOON) == [(3, 3), (4, 4)]
    pool._outstanding, pool._mean_job_seconds = 2, 0.0
    pool._finished.put((5, 5))
    assert pool.results(SOON) == [(5, 5)], (
        "where none wait for a hand, the hands wait for the answers"
    )


def test_it_learns_how_long_its_caller_is_busy_with_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool: RequestPool[int, int] = RequestPool(1, lambda job: job)
    pool.submit(1)
    assert pool.results(SOON)
    now = pool._handed_over_at or 0.0
    monkeypatch.setattr("perihelion.publish.request_pool.time.monotonic", lambda: now + 0.4)
    pool.results(0)
    pool.results(0)
    assert pool._mean_handling_seconds == pytest.approx(0.1), "a quarter of what is new, and once"
    pool.close()
