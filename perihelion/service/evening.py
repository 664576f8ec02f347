"""The evening before: what awaits an approval, and on request all of tomorrow's posts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from perihelion.model.approvals import UnapprovedRule
from perihelion.service.alerts import EVENING_KEYS, MAX_LINES, Alert
from perihelion.service.attention import find_attention
from perihelion.service.console import format_count, format_minute
from perihelion.service.sign_off import SignOffs, may_need_approval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from perihelion.ledger.store import Ledger
    from perihelion.service.sign_off import ComingPost
    from perihelion.service.wiring import App

EVENING = time(18)
"""When what awaits an approval is announced, in the schedule's time zone, unless
PERIHELION_EVENING says otherwise."""

EVENING_STEP = timedelta(minutes=10)
"""How long a worker lets pass before it asks again: coming posts are worded each time."""


def list_evening_alerts(app: App, ledger: Ledger, now: datetime) -> list[Alert]:
    """What has to be said by now, whether or not it was sent already.

    First the notice about tomorrow, which includes what awaits an approval; then what awaits one
    today, or tomorrow once it is evening. Each is said again if its words change.
    """
    wants_notice = app.settings.evening is not None
    if not (wants_notice or may_need_approval(app)):
        return []
    zone = ZoneInfo(app.schedule.local_account.timezone)
    today = now.astimezone(zone).date()
    is_evening = now.astimezone(zone).time() >= (app.settings.evening or EVENING)
    midnight, end = (_begin_day(today + timedelta(days=n), zone) for n in (1, 2))
    posts = SignOffs(app, ledger).list_due(now, end if is_evening else midnight)
    tomorrow = [one for one in posts if one.due_at >= midnight]
    alerts = []
    if wants_notice and is_evening:
        alerts.append(_make_notice(app, ledger, midnight.astimezone(zone).date(), tomorrow))
    awaiting = [one for one in posts if one.awaits_approval]
    return [*alerts, _make_approval_alert(awaiting)] if awaiting else alerts


def _begin_day(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _make_notice(app: App, ledger: Ledger, day: date, posts: Sequence[ComingPost]) -> Alert:
    lines = [line for one in posts[:MAX_LINES] for line in _describe_post(one)]
    if len(posts) > MAX_LINES:
        lines.append(f"... and {len(posts) - MAX_LINES} more: python bot.py preview {day}")
    needs = [f"{one.need}: {one.subject}: {one.text}" for one in find_attention(app, ledger)]
    if any(one.awaits_approval for one in posts):
        lines.append(f"All of that day: python bot.py approve {day} --by NAME")
    lines += ["", "Needs a person now:", *needs[:MAX_LINES]] if needs else []
    if len(needs) > MAX_LINES:
        lines.append(f"... and {len(needs) - MAX_LINES} more: python bot.py status")
    awaiting = [one for one in posts if one.awaits_approval]
    keys = (f"{EVENING_KEYS}{day};", *map(_make_dedupe_key, awaiting))
    waits = f", {len(awaiting)} awaiting approval" if awaiting else ""
    title = f"tomorrow, {day}: {format_count(len(posts), 'posts')}{waits}"
    return Alert(keys, title, "\n".join(lines) or "Nothing is due.")


def _make_approval_alert(awaiting: Sequence[ComingPost]) -> Alert:
    lines = [line for one in awaiting[:MAX_LINES] for line in _describe_post(one)]
    days = sorted({one.day for one in awaiting})
    lines += [f"All of a day: python bot.py approve {day} --by NAME" for day in days]
    title = f"{format_count(len(awaiting), 'posts')} awaiting approval"
    return Alert(tuple(map(_make_dedupe_key, awaiting)), title, "\n".join(lines))


def _describe_post(one: ComingPost) -> list[str]:
    """When it is due, what it says if that has to be read, and the command for it."""
    heading = f"{format_minute(one.due_at)} UTC, {one.key.account}: {one.title}"
    if one.problem:
        return [f"{heading}: cannot be worded: {one.problem}", "  python bot.py check"]
    if not one.awaits_approval:
        state = f" ({one.state})" if one.state else ""
        by = f", approved by {one.approved_by}" if one.approved_by else ""
        return [f"{heading}{state}{by}", f"  python bot.py hold {one.key} --by NAME"]
    said = one.post.text.splitlines() if one.post else []
    command = f"  python bot.py approve {one.key} --by NAME"
    otherwise = "left out" if one.otherwise is UnapprovedRule.SKIP else "held"
    first = f"{heading} ({one.missing}; otherwise it is {otherwise})"
    return [first, *(f"    {line}".rstrip() for line in said), command]


def _make_dedupe_key(one: ComingPost) -> str:
    return f"{EVENING_KEYS}{one.key}:{one.words[:12]};"
