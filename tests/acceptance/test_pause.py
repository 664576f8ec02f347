"""A person pauses the posting and lets it go on; the worker heeds it at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import busy_day
from tests.fakes.bot_installation import BotInstallation, wait_for_result, wait_until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    """An installation whose two local accounts have a post each a few minutes ago."""
    day = busy_day.write_schedule_for_today(tmp_path, 1, [("local", "one"), ("local", "two")])
    made = BotInstallation(tmp_path, {"PERIHELION_SCHEDULE": str(day.path), "PERIHELION_TICK": "1"})
    assert made("migrate").code == 0
    return made


def list_states(bot: BotInstallation) -> dict[str, str]:
    found = bot("status", "--json").json["list"]
    return {one["key"].split(":")[0]: one["state"] for one in found}


def test_a_running_worker_heeds_a_pause_and_its_end_and_no_other_account_waits(
    bot: BotInstallation,
) -> None:
    """What was due before the pause waits for its end, as it is still in time."""
    paused = bot("pause", "one")
    assert (paused.code, "one is paused since" in paused.out) == (0, True)
    process = bot.start("run")
    wait_until(lambda: list_states(bot).get("two") == "sent", process)
    status = bot("status")
    assert (status.code, "PAUSED: one is paused since" in status.out) == (0, True)
    assert list_states(bot) == {"one": "due", "two": "sent"}
    resumed = bot("resume", "one")
    assert (resumed.code, "one posts again" in resumed.out) == (0, True)
    wait_until(lambda: list_states(bot)["one"] == "sent", process)
    process.terminate()
    assert wait_for_result(process).code == 0
    assert "PAUSED" not in bot("status").out


def test_a_pause_is_shown_as_json_by_itself_and_by_status(bot: BotInstallation) -> None:
    until = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    pause = bot("pause", "--until", until.isoformat(), "--json").json
    assert pause["account"] is None
    assert datetime.fromisoformat(pause["ends_at"]) == until
    assert datetime.fromisoformat(pause["begins_at"]) <= datetime.now(UTC)
    assert bot("status", "--json").json["pauses"] == [pause]
    (ended,) = bot("resume", "--json").json
    assert ended == pause
    assert bot("status", "--json").json["pauses"] == []
    assert bot("resume", "--json").json == []


def test_a_pause_that_makes_no_sense_is_wrong_usage_that_says_why(bot: BotInstallation) -> None:
    unknown = bot("pause", "ona")
    assert (unknown.code, "did you mean `one`?" in unknown.err) == (2, True)
    past = bot("pause", "--until", "2020-01-01")
    assert (past.code, "must be in the future" in past.err) == (2, True)
    bot("pause")
    single = bot("resume", "one")
    assert (single.code, "every account is paused" in single.err) == (2, True)


def test_resuming_what_is_not_paused_says_so(bot: BotInstallation) -> None:
    assert "one was not paused" in bot("resume", "one").out
    assert "No account was paused" in bot("resume").out


def test_before_there_is_a_ledger_nothing_is_paused(tmp_path: Path) -> None:
    fresh = BotInstallation(tmp_path / "fresh")
    for verb in ("pause", "resume"):
        said = fresh(verb)
        assert (said.code, "run `python bot.py migrate`" in said.err) == (1, True)
    assert not fresh.state.exists()
