"""Kinds of account: all accounts of a kind post the same anniversaries at the same instants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.accounts import UntranslatedRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.accounts import Account


def group_by_kind(accounts: Iterable[Account]) -> list[list[Account]]:
    """The accounts by what decides what they post and when; each group has at least one.

    So the almanac need be asked for one account of each group only.
    """
    groups: dict[tuple[object, ...], list[Account]] = {}
    for account in accounts:
        groups.setdefault(_list_timing(account), []).append(account)
    return list(groups.values())


def _list_timing(account: Account) -> tuple[object, ...]:
    """All of an account that the almanac reads; its language only where it leaves events out."""
    is_skipping = account.untranslated is UntranslatedRule.SKIP
    return (
        account.timezone,
        account.post_at,
        account.max_per_day,
        account.days,
        account.spacing,
        account.quiet_hours,
        account.to_the_minute,
        account.years,
        account.on_memorial_days,
        account.replays,
        account.language if is_skipping else None,
    )
