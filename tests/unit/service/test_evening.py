"""The evening before, a person hears what awaits an approval, and on request of all posts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perihelion.service.alerts import Alerts
from perihelion.service.commands import approve, hold
from perihelion.service.delivery_run import prepare_ledger
from tests.fakes.installed_app import DUE
from tests.fakes.pager import Pager, pager
from tests.fakes.reviewed_bot import EVENING_BEFORE, FIRST, SECOND, ReviewedBot, bot, call

__all__ = ("bot", "pager")

# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")


def test_what_awaits_an_approval_is_announced_the_evening_before_and_again_if_its_words_change(
    bot: ReviewedBot, pager: Pager
) -> None:
    alerts = Alerts(pager.address, bot.open_ledger())
    bot.clock.at = EVENING_BEFORE - timedelta(hours=2)
    assert bot.list_titles() == [], "it is not evening yet"
    bot.clock.at = EVENING_BEFORE
    for _ in range(2):
        alerts.send_evening(bot.list_alerts())
    assert pager.alert_titles == ["2 posts awaiting approval"]
    said = pager.server.requests[0].json["message"]
    assert "Hop lands." in said
    assert f"python bot.py approve {FIRST} --by NAME" in said
    assert "python bot.py approve 2027-03-02 --by NAME" in said
    bot.change("Hop lands", "Hop has landed")
    call(approve.command, SECOND, "--by", "Ada", "--yes")
    bot.clock.at = DUE - timedelta(hours=1)
    alerts.send_evening(bot.list_alerts())
    assert pager.alert_titles[1:] == ["1 post awaiting approval"]


def test_the_notice_names_tomorrow_s_posts_and_what_needs_a_person_each_with_its_command(
    bot: ReviewedBot,
) -> None:
    bot.environ["PERIHELION_EVENING"] = "18:00"
    call(approve.command, FIRST, "--by", "Ada", "--yes")
    call(hold.command, SECOND, "--by", "Ben")
    notice = bot.list_alerts()[0]
    assert notice.title == "tomorrow, 2027-03-02: 2 posts, 1 awaiting approval"
    assert f"approved by Ada\n  python bot.py hold {FIRST} --by NAME" in notice.text
    assert f"python bot.py approve {SECOND} --by NAME" in notice.text
    assert f"held: {SECOND}: held back by Ben" in notice.text


def test_a_day_without_posts_has_a_notice_as_well(bot: ReviewedBot) -> None:
    bot.environ["PERIHELION_EVENING"] = "18:00"
    bot.clock.at = EVENING_BEFORE + timedelta(days=1)
    prepare_ledger(bot.app).close()
    titles = bot.list_titles()
    assert titles[0] == "tomorrow, 2027-03-03: 0 posts"
