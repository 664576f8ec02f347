"""What people see, on a terminal and in a pipe."""

from __future__ import annotations

import io

import pytest

from perihelion.model.deliveries import State
from perihelion.service.console import STATE_COLOURS, show_table, track_progress


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


@pytest.mark.parametrize("stream", [io.StringIO(), TerminalStream()])
def test_progress_gives_every_item_and_writes_only_on_a_terminal(stream: io.StringIO) -> None:
    assert list(track_progress([1, 2, 3], "Checking", stream)) == [1, 2, 3]
    assert ("Checking" in stream.getvalue()) == stream.isatty()
