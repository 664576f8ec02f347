"""What falls due in the coming week, for the operators' page."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.service.empty_days import list_posting_accounts

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.service.wiring import App

DAYS_AHEAD = 7


class ComingEntry(NamedTuple):
    """What is due at an instant (UTC), on which accounts."""

    at: datetime
    title: str
    accounts: str


def list_coming_week(app: App, ledger: Ledger) -> list[ComingEntry]:
    """What falls due within DAYS_AHEAD, by time, on the accounts for which workers post."""
    now = app.clock.now()
    known = {one.name for one in ledger.list_accounts()}
    accounts = [one for one in list_posting_accounts(app, ledger) if one.name in known]
    first = now.date() - timedelta(days=1)  # somewhere it is still yesterday
    dues = [
        due
        for due in list_due_in_span(app.calendar, accounts, first, DAYS_AHEAD + 2)
        if due.is_chosen and now <= due.at < now + timedelta(days=DAYS_AHEAD)
    ]
    groups = groupby(sorted(dues, key=_name_post), key=_name_post)
    return [
        ComingEntry(at, title, ", ".join(dict.fromkeys(due.account.name for due in same)))
        for (at, title, _name), same in groups
    ]


def _name_post(due: DueAnniversary) -> tuple[datetime, str, str]:
    return due.at, due.anniversary.event.title, due.anniversary.event.full_id
