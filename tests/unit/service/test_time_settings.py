"""A lease and a patience that do not go together with how long a request may take."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from perihelion.networks.base import REQUEST_DEADLINE, Context
from perihelion.service.settings import read_settings
from perihelion.service.time_settings import find_short_times, log_short_times

if TYPE_CHECKING:
    import pytest


def list_warnings(**environ: str) -> tuple[str, ...]:
    return find_short_times(read_settings(environ))


def test_the_defaults_are_wise() -> None:
    assert list_warnings() == ()


def test_a_time_as_long_as_a_request_may_take_is_wise() -> None:
    assert (
        list_warnings(
            PERIHELION_LEASE=f"{REQUEST_DEADLINE}", PERIHELION_PATIENCE=f"{REQUEST_DEADLINE}"
        )
        == ()
    )


def test_a_lease_shorter_than_a_request_says_what_it_costs_and_what_to_write() -> None:
    (said,) = list_warnings(PERIHELION_LEASE="24.9")
    assert said == (
        "PERIHELION_LEASE=24.9 is less than the 25 seconds that a request may take: another worker "
        "may take a delivery over while its request is under way, and must then look it up, or "
        "hold it for a person; write PERIHELION_LEASE=120, or leave it out"
    )


def test_a_patience_shorter_than_a_request_says_that_a_post_may_be_sent_twice() -> None:
    (said,) = list_warnings(PERIHELION_PATIENCE="4")
    assert said == (
        "PERIHELION_PATIENCE=4 is less than the 25 seconds that a request may take: a post may be "
        "looked up before its cut-off request has arrived, and then be sent twice; write "
        "PERIHELION_PATIENCE=30, or leave it out"
    )


def test_both_are_told_at_once_and_before_anything_is_posted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        log_short_times(read_settings({"PERIHELION_LEASE": "1", "PERIHELION_PATIENCE": "1"}))
    assert [record.message.split("=")[0] for record in caplog.records] == [
        "PERIHELION_LEASE",
        "PERIHELION_PATIENCE",
    ]


def test_the_deadline_is_the_one_that_every_adapter_gets() -> None:
    assert Context.__dataclass_fields__["deadline"].default == REQUEST_DEADLINE
