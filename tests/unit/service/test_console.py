"""What people see, on a terminal and in a pipe."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import click
import pytest

from perihelion.ledger.values import Action, Claim, Settlement
from perihelion.model.anniversaries import Anniversary
from perihelion.model.deliveries import Delivery, DeliveryKey, State
from perihelion.model.moments import CountMode
from perihelion.model.units import Unit
from perihelion.service.commands.once import print_outcomes
from perihelion.service.console import (
    STATE_COLOURS,
    format_count,
    format_counted,
    format_days,
    print_line,
    show_table,
)
from perihelion.service.outcome_log import OutcomeLog
from tests.fakes.model_builders import make_event

AT = datetime(2027, 3, 2, 15, tzinfo=UTC)
LANDING_KEY = DeliveryKey("local", "year-in-space/landing", 11)


class TerminalStream(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _a_wide_terminal_with_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def test_every_state_has_its_look() -> None:
    assert set(STATE_COLOURS) == set(State)


def test_a_pipe_gets_plain_columns_however_long() -> None:
    stream = io.StringIO()
    show_table(("state", "key"), [(State.SENT, "a" * 200), (State.HELD, "b\nc")], stream)
    assert stream.getvalue() == f"state  key\nsent   {'a' * 200}\nheld   b c\n"


def test_a_table_without_rows_is_its_head() -> None:
    stream = io.StringIO()
    show_table(("state", "key"), [], stream)
    assert stream.getvalue() == "state  key\n"


def test_a_terminal_gets_colours_unless_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured, sober = TerminalStream(), TerminalStream()
    show_table(("state",), [(State.SENT,)], coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    show_table(("state",), [(State.SENT,)], sober)
    assert "\x1b[32m" in coloured.getvalue()
    assert "\x1b[32m" not in sober.getvalue()
    assert "sent" in sober.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), TerminalStream()])
def test_what_a_network_answers_neither_drives_the_terminal_nor_reads_as_markup(
    stream: io.StringIO,
) -> None:
    show_table(("reason",), [("\x1b]0;owned\x07 \x9b31m [red]no[/red] 👩‍🚀",), (None,)], stream)
    said = stream.getvalue()
    assert "\x1b]0;" not in said
    assert "\x07" not in said
    assert "\x9b" not in said
    assert "[red]no[/red] 👩‍🚀" in said


KEY = "mastodon:year-in-space/landing:11-years:1"
ADDRESS = "https://mastodon.example/@year_in_space/114095530812345678"
COLUMNS = ("due (UTC)", "state", "key", "where or why")
ROW = ("2027-03-02 15:00", State.SENT, KEY, ADDRESS)


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_a_terminal_of_any_width_shows_keys_and_addresses_uncut(
    width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    stream = TerminalStream()
    show_table(COLUMNS, [ROW], stream)
    lines = [click.unstyle(line) for line in stream.getvalue().splitlines()]
    assert any(KEY in line for line in lines)
    assert any(line.endswith(ADDRESS) for line in lines)
    assert len(lines) == (2 if width == "200" else 4)


@pytest.mark.parametrize(("count", "said"), [(1, "1 year"), (11, "11 years"), (101, "101 years")])
def test_only_one_is_singular(count: int, said: str) -> None:
    assert format_count(count, Unit.YEARS) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [(1, "2027-02-28"), (2, "2027-02-28 to 2027-03-01"), (366, "2027-02-28 to 2028-02-28")],
)
def test_a_span_is_told_by_its_first_and_last_day(days: int, said: str) -> None:
    assert format_days(date(2027, 2, 28), days) == said


def test_no_text_of_a_server_drives_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_line("a\x1b[2J\x1b]0;title\x07b\x9b2Jc\x7f\rd\ttab\nline")
    assert capsys.readouterr().out == "a[2J]0;titleb2Jcd\ttab\nline\n"


def test_once_prints_a_reason_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = OutcomeLog()
    delivery = Delivery(LANDING_KEY, "local", State.DUE, date(2027, 3, 2), AT, AT, 1)
    settlement = Settlement(LANDING_KEY, 1, State.REJECTED, "no\x1b[31m\nsent  local:a/b:1-years:1")
    outcomes.record_outcome(Claim(delivery, Action.SEND, 1), settlement)
    print_outcomes(outcomes)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"rejected  {LANDING_KEY}  no")
    assert "\x1b" not in line


def test_a_day_without_a_count_is_said_to_be_observed() -> None:
    day = make_event(count=CountMode.NONE)
    for event, count, unit, said in (
        (day, 60, Unit.YEARS, "observed"),
        (day, 10_000, Unit.DAYS, "10000 days"),
        (make_event(), 60, Unit.YEARS, "60 years"),
    ):
        assert format_counted(Anniversary(event, count, unit, date(2027, 1, 28))) == said
