"""`check` advises where an account's posts would read alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from perihelion.model.advice_codes import AdviceCode
from perihelion.service.advice.monotony import find_monotony, list_said_posts
from perihelion.service.post_preview import preview_posts
from perihelion.service.wiring import open_app
from tests.fakes.bot_process import ROOT
from tests.fakes.installed_app import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

FIRST = date(2026, 6, 1)
KEPT_DAY = "id: a, at: 2001-07-20, count: none, title: M is remembered"
TURNS = "[One thing was so., Another thing was so., A third thing was so., A fourth one too.]"


def advise_on(folder: Path, *events: str, accounts: str = "[{network: local}]") -> list[str]:
    """Code and message of the advice about these events' posts of the coming year."""
    file = folder / "schedule.yaml"
    head = f"accounts: {accounts}\nmissions:\n  - id: m\n    name: M\n    events:\n"
    lines = (f"      - {{{one}, sources: GCAT}}\n" for one in events)
    file.write_text(head + "".join(lines), "utf-8")
    environ = {
        "PERIHELION_SCHEDULE": str(file),
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_TEMPLATES": str(ROOT / "templates"),
    }
    app = replace(open_app(environ), clock=ManualClock(datetime(2026, 6, 1, tzinfo=UTC)))
    schedule = app.schedule
    posts = list(preview_posts(app, schedule.accounts, FIRST, 366, ignore_daily_cap=True))
    said = list_said_posts(app, schedule.accounts, posts, date(2027, 6, 2))
    found = find_monotony(said, schedule.events)
    return [f"{finding.code}: {finding.message}" for _, finding in found]


def test_the_same_words_two_years_running_are_advised_once(tmp_path: Path) -> None:
    (found,) = advise_on(tmp_path, f"{KEPT_DAY}, text: It was so.")
    assert found.startswith(f"{AdviceCode.RETURNING_TEXT}: m/a: its post on local says on 2027-07-")
    assert "what it said on 2026-07-20; give it `texts` that take turns" in found


def test_texts_that_take_turns_for_over_three_years_need_no_advice(tmp_path: Path) -> None:
    assert advise_on(tmp_path, f"{KEPT_DAY}, texts: {TURNS}") == []


def test_texts_too_long_for_the_account_with_the_least_room_are_no_help(tmp_path: Path) -> None:
    long = TURNS.replace("was so", f"was {'so ' * 90}")
    accounts = "[{network: x}, {network: mastodon}]"
    (found,) = advise_on(tmp_path, f"{KEPT_DAY}, texts: {long}", accounts=accounts)
    assert "its post on x says on 2027-07-20" in found


def test_the_shipped_wordings_carry_a_single_text_through_three_years(tmp_path: Path) -> None:
    event = "id: a, at: 2001-07-20, title: M lands on Mars, text: It was so."
    led = "id: b, at: 2001-09-20, title: M lands on Mars, lead: 'M landed {ago}.', text: It was."
    assert advise_on(tmp_path, event, led) == []


def test_a_fourth_post_in_a_row_that_begins_alike_is_advised(tmp_path: Path) -> None:
    days = [
        f"id: d{day}, at: 2001-07-0{day}, title: M, lead: 'M landed in the {place} {{ago}}.'"
        for day, place in enumerate(("north", "east", "south", "west"), 6)
    ]
    (found,) = advise_on(tmp_path, *days)
    assert found.startswith(f"{AdviceCode.ALIKE}: m/d9: its post of 2026-07-09 on local is one of")
    assert advise_on(tmp_path, *days[1:]) == []
