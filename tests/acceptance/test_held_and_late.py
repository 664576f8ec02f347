"""What a person settles, what came too late, and what an outage leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.service.delivery_filters import PAGE_LENGTH
from tests.fakes.bot_installation import BotInstallation
from tests.fakes.ledger_testbed import NOON, LedgerTestbed, make_planned

if TYPE_CHECKING:
    from pathlib import Path

SILENT = """
from pathlib import Path
from perihelion.model.errors import OutcomeUnknown
from perihelion.model.posts import Limits, Receipt
from perihelion.networks.base import Dedupe, DedupeMethod, Identity, NetworkSpec

LIMITS = Limits(500)

class Silent:
    name, limits, dedupe = "silent", LIMITS, Dedupe(DedupeMethod.NONE)
    def __init__(self, context):
        self.file = Path(context.state_folder, "silent.txt")
    def check(self): return Identity("silent")
    def publish(self, post, token):
        with self.file.open("a") as file:
            file.write(post.key + "\\n")
        if len(self.file.read_text().splitlines()) == 1:
            raise OutcomeUnknown("the answer was lost")
        return Receipt("1", "https://silent.example/1")
    def find(self, post, token): return None
    def recent(self, since): return ()
    def not_before(self): return None

SPEC = NetworkSpec("silent", Silent, LIMITS)
"""
YESTERDAY, DAY = "2027-03-01T12:00Z", "2027-03-02"
KEY = "silent:m/today:12-years:1"


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    """An installation with a network from a third party that cannot tell what it has."""
    packages = tmp_path / "packages"
    info = packages / "perihelion_silent-1.0.dist-info"
    info.mkdir(parents=True)
    (packages / "silent_network.py").write_text(SILENT, encoding="utf-8")
    (info / "METADATA").write_text("Name: perihelion-silent\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[perihelion.networks]\nsilent = silent_network:SPEC\n", encoding="utf-8"
    )
    schedule = tmp_path / "schedule.yaml"
    settings = {"PYTHONPATH": str(packages), "PERIHELION_SCHEDULE": str(schedule)}
    return BotInstallation(tmp_path, settings)


def write_schedule(bot: BotInstallation, events: str, head: str = "") -> None:
    text = f"{head}missions:\n  - id: m\n    name: Mission\n    events:\n{events}"
    (bot.folder / "schedule.yaml").write_text(text, encoding="utf-8")


def event_line(name: str, at: str, **keys: object) -> str:
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    return f"      - {{id: {name}, at: {at}, title: It is {name}, sources: a test{more}}}\n"


@pytest.fixture
def held(bot: BotInstallation) -> BotInstallation:
    """One delivery whose outcome nobody knows; twelve years ago today, so on 29 February too."""
    now = datetime.now(UTC)  # `resolve` goes by the machine's own clock
    accounts = "accounts:\n  - {network: silent}\n"
    write_schedule(
        bot, event_line("today", str(now.date().replace(year=now.year - 12)), late="2d"), accounts
    )
    before = bot("once", "--yes", "--at", (now - timedelta(days=1)).isoformat())
    assert before.code == 0, "else, in the evening, it is of a time before its ledger"
    said = bot("once", "--today", "--json")
    assert said.code == 1, "a person is needed"
    assert [(one["key"], one["state"]) for one in said.json] == [(KEY, "held")]
    return bot


def count_tries(bot: BotInstallation) -> int:
    return len((bot.state / "silent.txt").read_text(encoding="utf-8").splitlines())


def delivery_state_and_url(bot: BotInstallation) -> tuple[str, str | None]:
    (delivery,) = bot("status", "--json").json["list"]
    return delivery["state"], delivery["url"]


def test_what_nobody_knows_is_held_and_the_operator_is_told_what_to_do(
    held: BotInstallation,
) -> None:
    status = held("status")
    assert status.code == 1
    assert f"python bot.py resolve {KEY}" in status.out
    assert held("once", "--today", "--json").json == []
    assert count_tries(held) == 1, "never blindly sent again"


def test_however_much_was_promised_since_what_is_held_is_shown(held: BotInstallation) -> None:
    testbed = LedgerTestbed(f"sqlite:///{held.state}/ledger.sqlite3")
    newer = [
        make_planned(n + 1, "silent", due=NOON + timedelta(days=365)) for n in range(PAGE_LENGTH)
    ]
    testbed.promise_deliveries(testbed.open_worker(), *newer)
    testbed.close()
    status = held("status")
    assert status.code == 1
    assert f"python bot.py resolve {KEY}" in status.out


def test_a_broken_schedule_hides_nothing_that_is_held_and_keeps_nobody_from_settling_it(
    held: BotInstallation,
) -> None:
    held.folder.joinpath("schedule.yaml").write_text("missions: [oh no", encoding="utf-8")
    status = held("status")
    assert status.code == 1
    assert f"python bot.py resolve {KEY}" in status.out
    assert "schedule.yaml:1:" in status.err
    assert held("resolve", KEY, "--sent", "https://silent.example/7").code == 0
    assert delivery_state_and_url(held) == ("sent", "https://silent.example/7")
    assert held("status").code == 1, "no worker could start"
    assert held("status", KEY).code == 0


def test_a_person_who_found_it_says_where(held: BotInstallation) -> None:
    said = held("resolve", KEY, "--sent", "https://silent.example/7")
    assert said.code == 0
    assert delivery_state_and_url(held) == ("sent", "https://silent.example/7")
    for change in ("--retry", "--skip"):
        again = held("resolve", KEY, change)
        assert again.code == 1
        assert "nothing is published twice" in again.err
    held("once", "--today")
    assert (delivery_state_and_url(held)[0], count_tries(held)) == ("sent", 1)
    assert held("status").code == 0


def test_a_person_who_did_not_find_it_has_it_tried_again(held: BotInstallation) -> None:
    assert held("resolve", KEY, "--retry", "--json").json["state"] == "waiting"
    assert held("once").code == 0
    assert delivery_state_and_url(held) == ("sent", "https://silent.example/1")
    assert count_tries(held) == 2


def test_a_person_may_leave_it(held: BotInstallation) -> None:
    assert held("resolve", KEY, "--skip").code == 0
    held("once", "--today")
    assert (delivery_state_and_url(held)[0], count_tries(held)) == ("skipped", 1)


def test_a_key_that_is_not_there_is_named(held: BotInstallation) -> None:
    said = held("resolve", "silent:m/other:1-years:1", "--skip")
    assert said.code == 1
    assert "silent:m/other:1-years:1 is not in the ledger" in said.err


def test_what_came_too_late_is_missed_with_its_reason_and_never_sent(bot: BotInstallation) -> None:
    write_schedule(
        bot, event_line("punctual", "2016-03-02", late="1h") + event_line("patient", "2016-03-02")
    )
    assert bot("once", "--at", YESTERDAY).code == 0
    said = bot("once", "--at", f"{DAY}T17:00Z")
    assert said.code == 0
    states = {one["key"]: one for one in bot("status", "--json").json["list"]}
    assert states["local:m/patient:11-years:1"]["state"] == "sent"
    missed = states["local:m/punctual:11-years:1"]
    assert (missed["state"], missed["url"], missed["attempts"]) == ("missed", None, 0)
    assert missed["reason"]
    assert [line["event"] for line in bot.timeline] == ["m/patient"]
    assert "missed" in bot("status").out


def test_the_daily_cap_lets_the_best_through_and_names_the_rest(bot: BotInstallation) -> None:
    events = [event_line(f"e{n}", f"{2026 - n}-03-02", importance=1 + n % 5) for n in range(5)]
    write_schedule(bot, "".join(events), "defaults: {max_per_day: 2}\n")
    bot("once", "--at", f"{DAY}T17:00Z")
    best = [post["event"] for post in bot("preview", DAY, "--json").json]
    assert len(best) == 2
    assert sorted(line["event"] for line in bot.timeline) == sorted(best)
    dropped = [d for d in bot("status", "--json").json["list"] if d["state"] == "skipped"]
    assert len(dropped) == 3
    assert all("daily cap of 2" in delivery["reason"] for delivery in dropped)


def test_after_an_outage_the_cap_holds_and_today_goes_first(bot: BotInstallation) -> None:
    days = [f"2016-02-{day}" for day in range(25, 29)] + ["2016-03-01", "2016-03-02"]
    events = [event_line(f"d{number}", day, late="10d") for number, day in enumerate(days)]
    write_schedule(bot, "".join(events), "defaults: {max_per_day: 3}\n")
    bot("once", "--at", "2027-02-20T12:00Z")
    assert bot("once", "--at", f"{DAY}T17:00Z").code == 0
    posted = [line["event"] for line in bot.timeline]
    assert len(posted) == 3, "nothing bursts"
    assert "m/d5" in posted
    states = bot("status", "--json").json["deliveries"]
    assert states == {"sent": 3, "skipped": 3}


def test_a_first_run_claims_nothing_about_days_before_it(bot: BotInstallation) -> None:
    write_schedule(bot, event_line("past", "2016-03-01") + event_line("today", "2016-03-02"))
    bot("once", "--at", f"{DAY}T17:00Z")
    assert bot("status", "--json").json["deliveries"] == {"sent": 1}


def test_mending_a_title_or_a_date_never_posts_again(bot: BotInstallation) -> None:
    write_schedule(bot, event_line("moved", "2016-03-02"))
    bot("once", "--at", f"{DAY}T17:00Z")
    write_schedule(bot, event_line("moved", "2016-03-03", text="Mended."))
    bot("once", "--at", "2027-03-03T17:00Z")
    assert len(bot.timeline) == 1
