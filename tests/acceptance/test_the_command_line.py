"""Every verb keeps its word about options, JSON, exit statuses and leaving no trace."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.service.cli import VERBS
from tests.fakes.bot_installation import ROOT, BotInstallation

if TYPE_CHECKING:
    from pathlib import Path

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
PREVIEW = {
    "account": str,
    "network": str,
    "event": str,
    "count": int,
    "unit": str,
    "day": str,
    "at": str,
    "text": str,
    "length": int,
    "limit": int,
    "picture": (str, type(None)),
    "alt": (str, type(None)),
    "pictures": list,
    "listen": list,
    "read": list,
    "sources": list,
    "key": str,
}
UPCOMING = {"event": str, "count": int, "unit": str, "day": str, "at": str, "rank": int}
STATUS = {"key": str, "state": str, "reason": str, "url": (str, type(None)), "attempts": int}
CHECK = {"file": str, "line": int, "column": int, "code": str, "message": str}
READS = [
    ["check"],
    ["preview", "2027-03-02"],
    ["preview", "2027-03-02", "--network", "mastodon", "--json"],
    ["upcoming"],
    ["upcoming", "--days", "3", "--json"],
    ["search", "apollo"],
    ["search", "apollo", "--json"],
    ["show", "apollo-11/landing"],
    ["show", "apollo-11/landing", "--json"],
    ["status"],
    ["status", "--json"],
    ["doctor"],
    ["doctor", "--json"],
    ["export", "schema"],
    ["export", "missions-schema"],
]
WRONG_USAGE = [
    ["preview", "2027-02-30"],
    ["preview", "tomorrow"],
    ["preview", "--days", "0"],
    ["preview", "--network", "mastadon"],
    ["upcoming", "--days", "many"],
    ["once", "--at", "2027-03-02T20:00"],
    ["run", "--speed", "0"],
    ["resolve"],
    ["resolve", "no-key", "--skip"],
    ["resolve", "local:a/b:1-years:1"],
    ["resolve", "local:a/b:1-years:1", "--skip", "--retry"],
    ["resolve", "local:a/b:1-years:1", "--sent", "found it"],
    ["resolve", "local:a/b:1-years:1", "--sent", ""],
    ["resolve", "local:a/b:1-years:1", "--sent", "https://[half"],
    ["resolve", "--skip"],
    ["resolve", "--state", "held"],
    ["resolve", "--state", "held", "--state", "missed", "--skip"],
    ["resolve", "--state", "skipped", "--skip"],
    ["resolve", "--state", "held", "--sent", "https://example.org/1"],
    ["resolve", "--state", "held", "--skip", "--json"],
    ["resolve", "local:a/b:1-years:1", "--state", "held", "--skip"],
    ["resolve", "local:a/b:1-years:1", "--skip", "--yes"],
    ["resolve", "--account", "local", "--skip"],
    ["status", "local:a/b:1-years:1", "--alive", "10m"],
    ["status", "no-key"],
    ["export", "xml"],
    ["status", "--nosuch"],
]


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    return BotInstallation(tmp_path)


def has_shape(item: dict[str, Any], shape: dict[str, Any]) -> bool:
    return all(type(item[key]) in as_tuple(kind) for key, kind in shape.items())


def as_tuple(kind: Any) -> tuple[type, ...]:  # noqa: ANN401 - a type, or several
    return kind if isinstance(kind, tuple) else (kind,)


def read_contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, bot: BotInstallation) -> None:
    said = bot(verb, "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: bot.py {verb} ")
    assert "--help" in said.out
    assert not bot.state.exists()


@pytest.mark.parametrize("arguments", READS, ids=" ".join)
def test_a_read_makes_nothing(arguments: list[str], bot: BotInstallation) -> None:
    said = bot(*arguments)
    assert said.code == 0, said.err
    assert said.out
    assert not bot.state.exists()


def test_a_read_changes_nothing(bot: BotInstallation) -> None:
    bot("once", "--at", "2027-03-02T20:00Z")
    before = read_contents(bot.state)
    assert any(name.endswith(".sqlite3") for name in before)
    assert [bot(*arguments).code for arguments in READS] == [0] * len(READS)
    assert read_contents(bot.state) == before


def test_a_read_loads_nothing_that_posting_needs(bot: BotInstallation) -> None:
    for arguments in (["check"], ["preview", "2027-03-02"], ["upcoming"], ["export", "schema"]):
        said = BotInstallation(bot.folder, {"PYTHONPROFILEIMPORTTIME": "1"})(*arguments)
        loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in said.err.splitlines()}
        assert "click" in loaded
        assert loaded & {"sqlalchemy", "alembic", "apscheduler", "tweepy", "mastodon"} == set()


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_is_2_and_says_what_is_wrong(
    arguments: list[str], bot: BotInstallation
) -> None:
    said = bot(*arguments)
    assert said.code == 2
    assert said.err.strip()
    assert "Traceback" not in said.err
    assert not bot.state.exists()


def test_whoever_closes_all_streams_still_gets_the_posts(bot: BotInstallation) -> None:
    once = [
        sys.executable,
        "bot.py",
        "once",
        "--at",
        "2027-03-02T20:00Z",
        "--state",
        str(bot.state),
    ]
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *once]
    assert subprocess.run(closed, cwd=ROOT, env=bot._environ(), check=False).returncode == 0
    assert len(bot.timeline) == 3


def test_what_is_wrong_is_1_and_named(bot: BotInstallation) -> None:
    for arguments in (["upcoming"], ["once"], ["status"], ["doctor"], ["check"]):
        said = bot(*arguments, "--schedule", "nowhere.yaml")
        assert said.code == 1
        assert "nowhere.yaml" in said.out + said.err
        assert "Traceback" not in said.err
    assert not bot.state.exists()


def test_preview_gives_the_promised_json(bot: BotInstallation) -> None:
    posts = bot("preview", "2027-02-28", "--days", "3", "--json").json
    assert 3 <= len(posts) <= 9
    for post in posts:
        assert has_shape(post, PREVIEW)
        assert post["unit"] == "years"
        assert INSTANT.fullmatch(post["at"])
        assert "2027-02-28" <= post["day"] <= "2027-03-02"
        assert post["length"] == len(post["text"]) <= post["limit"]
        assert post["key"] == f"local:{post['event']}:{post['count']}-years:1"


def test_preview_counts_as_the_network_does(bot: BotInstallation) -> None:
    (landing,) = (
        post
        for post in bot("preview", "2027-03-02", "--network", "mastodon", "--json").json
        if post["event"] == "year-in-space/landing"
    )
    assert (landing["account"], landing["network"], landing["limit"]) == (
        "mastodon",
        "mastodon",
        500,
    )
    assert landing["length"] <= 500


def test_upcoming_gives_the_promised_json(bot: BotInstallation) -> None:
    now = datetime.now(UTC)  # the program's own clock is asked, so the test's must be, too
    coming = bot("upcoming", "--days", "10", "--json").json
    assert coming
    assert [item["at"] for item in coming] == sorted(item["at"] for item in coming)
    for item in coming:
        assert has_shape(item, UPCOMING)
        assert INSTANT.fullmatch(item["at"])
        at = datetime.fromisoformat(item["at"])
        assert now <= at < now + timedelta(days=10, hours=1)
        assert date.fromisoformat(item["day"]) == at.date()
        assert item["rank"] >= 1


def test_status_gives_the_promised_json(bot: BotInstallation) -> None:
    nothing = bot("status", "--json").json
    assert nothing["list"] == []
    bot("once", "--at", "2027-03-02T20:00Z")
    status = bot("status", "--json").json
    assert nothing.keys() == status.keys()
    assert status["deliveries"].keys() == {"sent", "skipped"}
    assert status["deliveries"]["sent"] == 3
    assert len(status["list"]) == sum(status["deliveries"].values())
    for delivery in status["list"]:
        assert has_shape(delivery, STATUS)
        sent = delivery["state"] == "sent"
        assert delivery["attempts"] == (1 if sent else 0)
        assert sent == (delivery["url"] is not None)
        assert sent or delivery["reason"] == "over the daily cap of 3"


def test_status_tells_one_delivery_s_history(bot: BotInstallation) -> None:
    key = "local:year-in-space/landing:11-years:1"
    assert "run `python bot.py migrate`" in bot("status", key).err
    bot("once", "--at", "2027-03-02T20:00Z")
    steps = bot("status", key, "--json").json
    assert [(one["before"], one["after"]) for one in steps] == [
        (None, "due"),
        ("due", "sending"),
        ("sending", "sent"),
    ]
    assert all(one["worker"] and one["at"].startswith("2027-03-02T20:00:") for one in steps)
    assert bot("status", key).out.splitlines()[-1].split()[1:3] == ["sending", "sent"]
    unheard = bot("status", key.replace("landing", "launched"))
    assert (unheard.code, "is not in the ledger" in unheard.err) == (1, True)


def test_check_gives_the_promised_json(bot: BotInstallation, tmp_path: Path) -> None:
    shipped = bot("check", "--json")
    assert shipped.code == 0
    assert all(has_shape(one, CHECK) and one["level"] == "advice" for one in shipped.json)
    broken = tmp_path / "broken.yaml"
    broken.write_text("missions: []\nmision: []\n", encoding="utf-8")
    said = bot("check", "--json", "--schedule", str(broken))
    (mistake,) = said.json
    assert said.code == 1
    assert has_shape(mistake, CHECK)
    assert (mistake["file"], mistake["line"], mistake["column"]) == (str(broken), 2, 1)
    assert "did you mean `missions`?" in mistake["message"]


def test_export_prints_the_schema_that_the_schedule_names(bot: BotInstallation) -> None:
    said = bot("export", "schema")
    assert said.out == (ROOT / "schedule.schema.json").read_text(encoding="utf-8")
    first = (ROOT / "schedule.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./schedule.schema.json"
    assert json.loads(said.out)["type"] == "object"


def test_the_options_win_over_the_environment(bot: BotInstallation, tmp_path: Path) -> None:
    schedule = tmp_path / "other.yaml"
    schedule.write_text(
        "missions:\n  - id: m\n    name: Mission\n    events:\n"
        "      - {id: e, at: 2016-03-02, title: It happens, sources: a test}\n",
        encoding="utf-8",
    )
    state = tmp_path / "elsewhere"
    options = ["--state", str(state), "--schedule", str(schedule)]
    said = bot("once", "--at", "2027-03-02T20:00Z", "--json", *options)
    assert [one["key"] for one in said.json] == ["local:m/e:11-years:1"]
    assert not bot.state.exists()
    assert (state / "timeline.jsonl").exists()
    assert bot("status", "--json", *options).json["deliveries"] == {"sent": 1}
    assert bot("doctor", *options).code == 0


def test_migrate_makes_the_ledger_and_does_so_once(bot: BotInstallation) -> None:
    first, second = bot("migrate"), bot("migrate")
    assert (first.code, second.code) == (0, 0)
    assert "before: none" in first.out
    assert "already" in second.out
    assert bot("status", "--json").json["deliveries"] == {}
