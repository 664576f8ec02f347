"""What an account's own timeline shows: our posts, and whether others make them as well."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.model.deliveries import State
from perihelion.model.errors import CompositionError, LedgerError, PublishError
from perihelion.networks import loader
from perihelion.networks.base import DedupeMethod
from perihelion.publish.match_timeline import Candidate, match_posts
from perihelion.publish.planner import make_delivery_key
from perihelion.service.console import format_minute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.posts import Limits
    from perihelion.networks.base import Network, PublishedPost
    from perihelion.service.wiring import App

SEARCHED_BACK = timedelta(days=2)
"""How far back a timeline is searched for posts that others have made."""

_UNSETTLED_STATES = frozenset({State.SENDING, State.UNKNOWN, State.HELD})


def recognise_posts(
    app: App,
    account: Account,
    limits: Limits,
    posts: Sequence[PublishedPost],
    since: datetime,
) -> list[tuple[DueAnniversary, PublishedPost]]:
    """Which of an account's `posts` since an instant (UTC) are about an anniversary of ours."""
    last = max([app.clock.now(), *(post.posted_at for post in posts)])
    return match_posts(posts, list(_list_candidates(app, account, since, last, limits)))


def _list_candidates(
    app: App, account: Account, since: datetime, last: datetime, limits: Limits
) -> Iterator[Candidate]:
    span = (last.date() - since.date()).days + 3
    for due in list_due_in_span(app.calendar, [account], since.date() - timedelta(days=1), span):
        try:
            text = app.compose_post(
                due.anniversary, account, limits, due.at, draws_cards=False
            ).text
        except CompositionError:
            text = due.anniversary.event.title
        yield Candidate(due, text)


def describe_foreign_posts(
    app: App, account: Account, network: Network, ledger: Ledger
) -> tuple[str, ...]:
    """A line for each recent post of ours that this ledger did not send, and what that means.

    None for networks whose posts cannot be read back, or whose reading costs money; nor while there
    is no ledger that can be read, which `doctor` tells of by itself.
    """
    can_read = network.dedupe.method is not DedupeMethod.NONE
    if not can_read or loader.load_spec(account.network).is_paid:
        return ()
    try:
        found = _find_foreign_posts(app, account, network, ledger)
    except PublishError as error:
        return (f"not searched for posts that others make: {error}",)
    except LedgerError:
        return ()
    lines = [
        f"{post.receipt.url or post.receipt.id}, {format_minute(post.posted_at)} UTC, is one of our"
        " posts, but this ledger did not send it"
        for post in found
    ]
    meaning = (
        "Another deployment, with a ledger of its own, seems to post for this account, so posts "
        "appear twice: stop it, or give both one DATABASE_URL. If this ledger is a restored one, "
        "run `python bot.py recover`"
    )
    return (*lines, meaning) if lines else ()


def _find_foreign_posts(
    app: App, account: Account, network: Network, ledger: Ledger
) -> list[PublishedPost]:
    """The posts of ours since the ledger's creation that it neither sent nor may have sent."""
    created_at = ledger.get_creation_time() if ledger.get_version_or_none() else None
    if created_at is None:
        return []
    since = max(created_at, app.clock.now() - SEARCHED_BACK)
    posts = [post for post in network.recent(since) if post.posted_at >= since]
    # The ledger is read afterwards: what a worker has sent meanwhile is in it.
    ours = [one for one in ledger.list_deliveries() if one.key.account == account.name]
    doubles = {receipt.id for receipt in ledger.list_known_doubles().values()}
    made = [(one.receipt_id, one.url) for one in ours]
    made += [(one.receipt_id, one.url) for one in ledger.list_corrections()]
    known = doubles.union(*made) - {None}
    others = [post for post in posts if not known & {post.receipt.id, post.receipt.url}]
    if not others:
        return []
    unsettled = {one.key for one in ours if one.doubt or one.state in _UNSETTLED_STATES}
    found = recognise_posts(app, account, network.limits, others, since)
    return [post for due, post in found if make_delivery_key(due) not in unsettled]
