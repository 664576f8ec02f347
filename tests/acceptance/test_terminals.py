"""Output in narrow terminals, without colours, and where not every character can be written."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import click
import pytest

from tests.fakes.bot_installation import ROOT, BotInstallation
from tests.fakes.saved_schedule import SavedSchedule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VERBS = [
    ["status"],
    ["upcoming"],
    ["doctor"],
    ["preview", "2027-03-02"],
    ["check", "nowhere.yaml"],
    ["once", "--at", "2027-03-03T20:00Z"],
    ["chekc"],
]
DAY_WITH_AN_APOSTROPHE = "2027-12-01"
"""Chang-e 5 lands, and ASCII lacks the apostrophe in its name."""


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    return BotInstallation(tmp_path)


def run_in_terminal(
    bot: BotInstallation, *arguments: str, width: int = 80, answers: Sequence[str] = ()
) -> str:
    """What a terminal with `width` columns receives on stdout and stderr.

    Each question, which ends in a colon and a space, gets the next one of the `answers`.
    """
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environ = {"TERM": "xterm-256color", **bot._environ()}
    command = [sys.executable, "bot.py", *arguments]
    received, left = b"", list(answers)
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=end, stdout=end, stderr=end):
        os.close(end)
        while chunk := _read_chunk(terminal):
            received += chunk
            if left and received.endswith(b": "):
                os.write(terminal, f"{left.pop(0)}\n".encode())
    os.close(terminal)
    return received.decode()


def _read_chunk(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


@pytest.mark.parametrize("width", [40, 80])
def test_status_and_upcoming_never_cut_what_must_be_copied(
    width: int, bot: BotInstallation
) -> None:
    bot("once", "--at", "2027-03-02T20:00Z")
    shown = run_in_terminal(bot, "status", width=width)
    for delivery in bot("status", "--json").json["list"]:
        assert delivery["key"] in shown
        assert (delivery["url"] or delivery["reason"]) in shown
    coming = run_in_terminal(bot, "upcoming", width=width)
    events = [one["event"] for one in bot("upcoming", "--json").json]
    assert events
    assert [event for event in events if event not in coming] == []


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_no_color_means_no_escape_sequence_anywhere(
    arguments: list[str], bot: BotInstallation
) -> None:
    bot("once", "--at", "2027-03-02T20:00Z")
    settings = {"NO_COLOR": "1", "PERIHELION_LOG": "console", "PERIHELION_LOG_LEVEL": "debug"}
    shown = run_in_terminal(BotInstallation(bot.folder, settings), *arguments)
    assert shown
    assert "\x1b" not in shown


def test_a_terminal_gets_colours_otherwise(bot: BotInstallation) -> None:
    shown = run_in_terminal(bot, "doctor")
    assert "\x1b[32mok" in shown
    assert "ok   account local" in click.unstyle(shown)


@pytest.mark.parametrize(
    "arguments", [["preview", DAY_WITH_AN_APOSTROPHE], ["upcoming", "--days", "366"]]
)
def test_what_a_stream_cannot_encode_is_replaced(
    arguments: list[str], bot: BotInstallation
) -> None:
    said = BotInstallation(bot.folder, {"PYTHONIOENCODING": "ascii"})(*arguments)
    assert (said.code, said.err) == (0, "")
    assert said.out.isascii()
    assert "Chang?e" in said.out


def test_the_c_locale_is_no_reason_to_fail(bot: BotInstallation) -> None:
    for settings in (
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ):
        said = BotInstallation(bot.folder, settings)("preview", DAY_WITH_AN_APOSTROPHE)
        assert (said.code, said.err) == (0, "")


def test_json_in_ascii_is_the_same_json(bot: BotInstallation) -> None:
    arguments = ("preview", DAY_WITH_AN_APOSTROPHE, "--json")
    said = BotInstallation(bot.folder, {"PYTHONIOENCODING": "ascii"})(*arguments)
    assert said.out.isascii()
    assert said.json == bot(*arguments).json


def test_an_error_in_ascii_is_no_traceback(bot: BotInstallation) -> None:
    said = BotInstallation(bot.folder, {"PYTHONIOENCODING": "ascii"})("check", "été.yaml")
    assert said.code == 1
    assert "Traceback" not in said.out + said.err
    usage = BotInstallation(bot.folder, {"PYTHONIOENCODING": "ascii"})("preview", "été")
    assert (usage.code, usage.err.isascii()) == (2, True)


def test_a_new_mission_is_asked_for_written_and_taken_out_again(tmp_path: Path) -> None:
    saved = SavedSchedule(tmp_path)
    bot = BotInstallation(tmp_path, saved.environ)
    mission = ["Voyager 3", "y", "", "", "NASA", "", ""]
    event = ["It begins", "1980-02-02", "", "", "", "a book", "", "", "y"]
    shown = run_in_terminal(bot, "add", answers=[*mission, *event])
    assert "Added voyager-3/it-begins" in shown
    file = saved.folder / "schedule" / "voyager-3.yaml"
    assert file.exists()
    assert bot("check").code == 0
    assert "the file was removed" in bot("add", "--undo").out
    assert not file.exists()
