"""What the clocks promise, without ever waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import click
import pytest
from click.testing import CliRunner

from perihelion.service.clock import RehearsalClock, SystemClock, parse_instant
from perihelion.service.options import at_option

LANDING = datetime(2027, 3, 2, 20, 0, tzinfo=UTC)


class ManualTicks:
    """A machine's steady seconds, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_the_system_clock_speaks_utc_and_never_sleeps_below_zero() -> None:
    clock = SystemClock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= clock.real_now()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.seconds_until(clock.now() - timedelta(days=1)) == 0.0
    assert 3590 < clock.seconds_until(clock.now() + timedelta(hours=1)) <= 3600


def test_a_rehearsal_starts_at_its_instant_and_runs_at_its_speed() -> None:
    ticks = ManualTicks()
    clock = RehearsalClock(LANDING, speed=3600, ticks=ticks)
    assert clock.now() == LANDING
    ticks.seconds += 2
    assert clock.now() == LANDING + timedelta(hours=2)


def test_a_faster_clock_sleeps_in_real_seconds() -> None:
    clock = RehearsalClock(LANDING, speed=60, ticks=ManualTicks())
    assert clock.seconds_until(LANDING + timedelta(hours=1)) == 60.0
    assert clock.seconds_until(LANDING - timedelta(hours=1)) == 0.0


def test_a_rehearsal_keeps_the_real_instant_for_leases() -> None:
    clock = RehearsalClock(LANDING, speed=1000)
    before = datetime.now(UTC)
    assert before <= clock.real_now() <= datetime.now(UTC)


def test_a_rehearsal_turns_its_start_into_utc() -> None:
    new_york = timezone(timedelta(hours=-5))
    clock = RehearsalClock(datetime(2027, 3, 2, 15, tzinfo=new_york), ticks=ManualTicks())
    assert clock.now() == LANDING
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_clock_that_stands_still_or_runs_backwards_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        RehearsalClock(LANDING, speed=speed)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2027-03-02T20:00Z", LANDING),
        ("2027-03-02T15:00-05:00", LANDING),
        ("2027-03-02T20:00:00.000+00:00", LANDING),
        ("2027-03-02", datetime(2027, 3, 2, tzinfo=UTC)),
        ("2028-02-29", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_as_utc(text: str, instant: datetime) -> None:
    read = parse_instant(text)
    assert read == instant
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("2027-03-02T20:00", "write 2027-03-02T20:00Z for UTC"),
        ("2027-02-29", "is not a time; write"),
        ("2027-03-02T25:00Z", "is not a time; write"),
        ("tomorrow", "'tomorrow' is not a time; write 2027-03-02T20:00Z"),
        ("", "is not a time; write"),
        ("0001-01-01T00:00+14:00", "is not a time; write"),
    ],
)
def test_what_is_no_instant_is_refused_with_what_to_write(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match="write") as refused:
        parse_instant(text)
    assert advice in str(refused.value)


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31T23:00Z"])
def test_an_instant_out_of_reach_is_refused_with_the_years_to_choose_from(text: str) -> None:
    with pytest.raises(ValueError, match="is out of range; choose a year from 1900 to 2999"):
        parse_instant(text)


@click.command
@at_option
def print_instant(at: datetime) -> None:
    click.echo(at.isoformat())


def test_the_command_line_takes_an_instant_and_calls_a_naive_one_wrong_usage() -> None:
    runner = CliRunner()
    good = runner.invoke(print_instant, ["--at", "2027-03-02T15:00-05:00"])
    assert (good.exit_code, good.output) == (0, "2027-03-02T20:00:00+00:00\n")
    naive = runner.invoke(print_instant, ["--at", "2027-03-02T20:00"])
    assert naive.exit_code == 2
    assert "2027-03-02T20:00Z" in naive.output
