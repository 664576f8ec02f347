"""What a person has to approve: the coming posts and those that are held, with their words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_in_span, list_due_on_day
from perihelion.model.approval_rules import describe_missing_approval, hash_words, needs_approval
from perihelion.model.approvals import Requirement, UnapprovedRule, Verdict
from perihelion.model.deliveries import State
from perihelion.model.errors import (
    CompositionError,
    ConfigurationError,
    DeliveryNotFound,
    PublishError,
    UsageError,
)
from perihelion.networks import loader
from perihelion.publish.planner import make_delivery_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.anniversaries import Anniversary, DueAnniversary
    from perihelion.model.approvals import SignOff
    from perihelion.model.deliveries import Delivery, DeliveryKey
    from perihelion.model.posts import Limits, Post
    from perihelion.service.enabled_accounts import EnabledAccount
    from perihelion.service.wiring import App

AHEAD = timedelta(days=366)
"""How far ahead a post may be approved or held back."""

SOON = timedelta(days=2)

SETTLED_STATES = frozenset({State.SENT, State.SENDING, State.SKIPPED})
"""For what is in one of them, an approval comes too late."""


def may_need_approval(app: App) -> bool:
    """Whether any post of the accounts that are on needs an approval."""
    events = app.schedule.events
    return any(account.requires is Requirement.APPROVAL for account in app.accounts) or any(
        event.review is not None for event in events
    )


@dataclass(frozen=True, slots=True)
class ComingPost:
    """One delivery, promised or not: its words at its time, and whether they are approved.

    `missing` says why a post that needs an approval has none; `problem` why there is no post.
    """

    key: DeliveryKey
    day: date
    due_at: datetime
    late_until: datetime
    title: str
    post: Post | None = None
    problem: str = ""
    state: State | None = None
    needs_approval: bool = False
    missing: str = ""
    approved_by: str = ""
    otherwise: UnapprovedRule = UnapprovedRule.HOLD
    """What becomes of it without an approval."""

    @property
    def awaits_approval(self) -> bool:
        """Whether a person has to approve it, and an approval would still count."""
        return bool(self.missing) and self.state not in SETTLED_STATES

    @property
    def words(self) -> str:
        """The hash of its words; empty without a post."""
        return hash_words(self.post) if self.post else ""


@dataclass(slots=True)
class SignOffs:
    """The posts of the accounts that are on, and what `ledger`, if there is one, says of them.

    Only where words have to be compared is a server asked for its limits, and only once.
    """

    app: App
    ledger: Ledger | None
    _limits: dict[str, Limits] = field(default_factory=dict)

    def list_due(self, start: datetime, end: datetime) -> list[ComingPost]:
        """The posts that are due from `start` until before `end` (UTC), by time."""
        first = start.date() - timedelta(days=1)
        days = (end.date() - first).days + 2
        dues = list_due_in_span(self.app.calendar, self.app.accounts, first, days)
        return self._view_dues(due for due in dues if start <= due.at < end)

    def list_day(self, day: date) -> list[ComingPost]:
        """The posts of `day` on each account's own calendar, and what is held of that day."""
        accounts = self.app.accounts
        dues = [due for one in accounts for due in list_due_on_day(self.app.calendar, one, day)]
        found = self._view_dues(dues)
        keys = {one.key for one in found}
        held = [one for one in self.list_held() if one.day == day and one.key not in keys]
        return [*found, *held]

    def list_held(self) -> list[ComingPost]:
        """What is held for want of an approval."""
        held = self.ledger.list_deliveries([State.HELD]) if self.ledger else []
        held = [one for one in held if one.awaits_approval]
        return [found for one in held if (found := self._view_delivery(one)) is not None]

    def find(self, key: DeliveryKey) -> tuple[ComingPost, DueAnniversary | None]:
        """One delivery, and what it is due for unless it is promised already.

        Raises UsageError if its account is not on, or if it is not due within a year.
        """
        self._get_account(key.account)
        delivery = self._find_delivery(key)
        if delivery is None:
            due = self._find_due(key)
            return self.view_due(due), due
        found = self._view_delivery(delivery)
        if found is None:
            raise UsageError(f"{key}: its event is no longer in the schedule")
        return found, None

    def _find_due(self, key: DeliveryKey) -> DueAnniversary:
        account = self._get_account(key.account).account
        now = self.app.clock.now()
        first = now.date() - timedelta(days=1)
        for due in list_due_in_span(self.app.calendar, [account], first, AHEAD.days + 1):
            if make_delivery_key(due) == key and due.left_out:
                raise UsageError(f"{key} is not posted: {due.left_out}")
            if make_delivery_key(due) == key:
                return due
        raise UsageError(
            f"{key} is neither in the ledger nor due within a year; `python bot.py preview DATE "
            "--json` shows the keys of a day"
        )

    def _view_dues(self, dues: Iterable[DueAnniversary]) -> list[ComingPost]:
        chosen = [due for due in dues if due.is_chosen and loader.can_post(due)]
        return [self.view_due(due) for due in chosen]

    def view_due(self, due: DueAnniversary) -> ComingPost:
        """What is due, as the ledger has it if it is promised already."""
        key = make_delivery_key(due)
        delivery = self._find_delivery(key)
        found = self._view_delivery(delivery) if delivery else None
        if found is not None:
            return found
        title = due.anniversary.event.title
        plain = ComingPost(key, due.anniversary.day, due.at, due.late_until, title)
        return self._word(plain, due.anniversary)

    def _find_delivery(self, key: DeliveryKey) -> Delivery | None:
        try:
            return self.ledger.get_delivery(key) if self.ledger else None
        except DeliveryNotFound:
            return None

    def _view_delivery(self, delivery: Delivery) -> ComingPost | None:
        """None if its event is gone, or its account is not on."""
        names = {one.name for one in self.app.accounts}
        anniversary = self.app.find_anniversary(delivery)
        if anniversary is None or delivery.key.account not in names:
            return None
        times = (delivery.day, delivery.due_at, delivery.late_until)
        title = anniversary.event.title
        plain = ComingPost(delivery.key, *times, title, state=delivery.state)
        return self._word(plain, anniversary)

    def _word(self, plain: ComingPost, anniversary: Anniversary) -> ComingPost:
        """With the words that it has at its time, and what is missing."""
        account = self._get_account(plain.key.account).account
        needed = needs_approval(account, anniversary.event)
        limits = self._get_limits(account.name) if needed else loader.get_usual_limits(account)
        try:
            post = self.app.compose_post(
                anniversary, account, limits, plain.due_at, draws_cards=False
            )
        except CompositionError as error:
            return replace(plain, problem=str(error), needs_approval=needed)
        except Exception as error:  # noqa: BLE001 - one broken post must not hide the others
            return replace(plain, problem=repr(error), needs_approval=needed)
        if not needed:
            return replace(plain, post=post)
        said = self.ledger.list_sign_offs([plain.key]) if self.ledger else []
        latest = next(reversed(said), None)
        missing = describe_missing_approval(anniversary.event, hash_words(post), latest)
        by = "" if missing else _name_approver(anniversary, latest)
        found = replace(plain, post=post, needs_approval=True, missing=missing, approved_by=by)
        return replace(found, otherwise=account.unapproved)

    def _get_account(self, name: str) -> EnabledAccount:
        for one in self.app.enabled_accounts:
            if one.account.name == name:
                return one
        raise UsageError(f"the account {name} is not on: set its variables")

    def _get_limits(self, name: str) -> Limits:
        """The server's own, as the worker uses them; the network's if it cannot be asked."""
        if name not in self._limits:
            enabled = self._get_account(name)
            try:
                limits = self.app.connect_account(enabled, self.ledger).limits
            except (ConfigurationError, PublishError):
                limits = loader.get_usual_limits(enabled.account)
            self._limits[name] = limits
        return self._limits[name]


def describe_approvals(app: App, dues: Sequence[DueAnniversary]) -> list[str]:
    """For each of `dues`: that it awaits an approval, or who has given it; empty if it needs none.

    Without a ledger nothing is approved but in the schedule. None is created.
    """
    if not may_need_approval(app):
        return [""] * len(dues)
    from perihelion.ledger.migrate import HEAD  # noqa: PLC0415 - sqlalchemy is heavy, and few need it

    ledger = app.open_ledger()
    sign_offs = SignOffs(app, ledger if ledger.get_version_or_none() == HEAD else None)
    needed = [due.is_chosen and needs_approval(due.account, due.anniversary.event) for due in dues]
    viewed = [sign_offs.view_due(due) if it else None for due, it in zip(dues, needed, strict=True)]
    return [_describe_approval(one) if one else "" for one in viewed]


def _describe_approval(one: ComingPost) -> str:
    return one.missing or (f"approved by {one.approved_by}" if one.approved_by else "")


def list_awaiting(app: App, ledger: Ledger) -> list[ComingPost]:
    """What is due in the coming two days and awaits an approval."""
    if not may_need_approval(app):
        return []
    now = app.clock.now()
    return [one for one in SignOffs(app, ledger).list_due(now, now + SOON) if one.awaits_approval]


def _name_approver(anniversary: Anniversary, latest: SignOff | None) -> str:
    in_file = anniversary.event.approved
    by_file = in_file.by if in_file else ""
    return latest.by if latest is not None and latest.verdict is Verdict.APPROVED else by_file
