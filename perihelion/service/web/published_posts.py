"""The posts about an event that everybody can read, by what the ledger knows to be sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby, product
from typing import TYPE_CHECKING

from perihelion.model.deliveries import Delivery, DeliveryKey
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from datetime import date

    from perihelion.ledger.store import Ledger
    from perihelion.model.missions import Event
    from perihelion.service.web.readable_ledger import ReadableLedger
    from perihelion.service.web.view import WebContext

YEARS = 5
"""How many years back posts are looked for."""

PUBLIC_NETWORKS = {
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "nostr": "Nostr",
    "telegram": "Telegram",
    "threads": "Threads",
    "x": "X",
}
"""Those whose posts need no invitation, and their names. A Discord server's members are invited."""

_PUBLIC_SCHEMES = ("https://", "nostr:")
_TELEGRAM_MEMBERS_ONLY = "https://t.me/c/"


@dataclass(frozen=True, slots=True)
class PublishedPost:
    """A post on a network, with its name for readers: the account is named where there are two."""

    name: str
    url: str
    language: str


@dataclass(frozen=True, slots=True)
class YearOfPosts:
    """The posts about an event when it was `count` years ago, on the day `day`."""

    day: date
    count: int
    posts: tuple[PublishedPost, ...]


class PublishedPosts:
    """Finds the posts about events in the ledger, if there is one."""

    def __init__(self, context: WebContext, ledger: ReadableLedger) -> None:
        self._context, self._ledger = context, ledger
        accounts = context.site.schedule.accounts
        self._hidden = {one.name for one in accounts if one.get_option("visibility") == "private"}

    def list_years(self, event: Event) -> list[YearOfPosts]:
        """The last years' posts, the latest year first; none without a ledger."""
        last = self._context.today().year - event.moment.day.year
        counts = range(max(1, last - YEARS + 1), last + 1)

        def find_sent(ledger: Ledger) -> list[Delivery]:
            accounts = [
                one.name
                for one in ledger.list_accounts()
                if one.network in PUBLIC_NETWORKS and one.name not in self._hidden
            ]
            units = (Unit.YEARS, Unit.REPLAY_YEARS)
            return ledger.list_published(
                [
                    DeliveryKey(account, event.full_id, count, unit)
                    for account, count, unit in product(accounts, counts, units)
                ]
            )

        sent = [one for one in self._ledger.read(find_sent) or () if is_public(one.url or "")]
        sent.sort(key=lambda one: (-one.key.count, one.network, one.key.account))
        return [
            _describe_year(count, list(year))
            for count, year in groupby(sent, key=lambda one: one.key.count)
        ]


def is_public(url: str) -> bool:
    """Whether a post's address is one that everybody can open."""
    return url.startswith(_PUBLIC_SCHEMES) and not url.startswith(_TELEGRAM_MEMBERS_ONLY)


def _describe_year(count: int, sent: list[Delivery]) -> YearOfPosts:
    numbers = Counter(one.network for one in sent)
    posts = []
    for one in sent:
        network = PUBLIC_NETWORKS[one.network]
        name = network if numbers[one.network] == 1 else f"{network} ({one.key.account})"
        posts.append(PublishedPost(name, one.url or "", one.post.language if one.post else ""))
    return YearOfPosts(min(one.day for one in sent), count, tuple(posts))
