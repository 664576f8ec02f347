"""What an account's posting times and its quiet hours must not do: contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.source_location import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.accounts import Account
    from perihelion.model.source_location import SourceLocation


def find_quiet_slots(
    accounts: Iterable[Account], defaults: Account, location: SourceLocation | None
) -> list[Mistake]:
    """A mistake for each time to post that lies in quiet hours.

    What comes from the `defaults`, whose times stand at `location`, is one mistake, whoever has it.
    """
    common = defaults.post_at, defaults.quiet_hours
    own = [
        (account, account.locate_key("post_at"))
        for account in accounts
        if (account.post_at, account.quiet_hours) != common
    ]
    return [
        Mistake(place, "quiet-slot", _describe(account))
        for account, place in [(defaults, location), *own]
        if place is not None and _list_quiet(account)
    ]


def _list_quiet(account: Account) -> list[str]:
    quiet = account.quiet_hours
    return [f"{at:%H:%M}" for at in account.post_at if quiet is not None and quiet.includes(at)]


def _describe(account: Account) -> str:
    times = ", ".join(_list_quiet(account))
    quiet = account.quiet_hours
    assert quiet is not None  # noqa: S101 - without quiet hours no time lies in them
    hours = f"{quiet.begins:%H:%M}-{quiet.ends:%H:%M}"
    return f"`post_at` {times} lies in the quiet hours {hours}; change one of them"
